"""The resources of a template that the local stack runs, as plain values: functions, API, queues, rules and so on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's default account
# The key of the limits of all methods without their own: API Gateway's names for any method and any path.
WHOLE_STAGE = ("*", "/*")
# Paths of the back-office API begin with this. All others belong to the customers' API.
BACK_OFFICE = "/api/v1/admin/"


class TemplateError(Exception):
    """The template has a resource that is unsupported or invalid; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function. Timeout in seconds, memory in MB; `reserved` is None without reserved concurrency."""

    logical_id: str
    name: str
    code: Path
    layers: tuple[Path, ...]
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    reserved: int | None = None
    async_retries: int = 2

    @property
    def arn(self) -> str:
        return function_arn(self.name)


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Lambda authorizer. `kind` is TOKEN or REQUEST; sources such as `header.X`, `querystring.X`; TTL in seconds."""

    name: str
    function: str
    kind: str
    sources: tuple[str, ...]
    ttl: int
    validation: str | None = None


@dataclass(frozen=True, slots=True)
class MockResponse:
    """The fixed response of a mock integration, such as a CORS preflight."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a path, with a function or a mock. Timeout in seconds."""

    method: str
    path: str
    function: str | None
    authorizer: str | None
    timeout: float
    mock: MockResponse | None = None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """The response for an error of the gateway. A status of None keeps that of the error."""

    status: int | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Throttle:
    """Limits of a token bucket: requests per second, and burst."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class RestApi:
    """A REST API and its stage. `throttles` maps (METHOD, /path) to limits; WHOLE_STAGE is the key of the stage's.

    Responses of at least `minimum_compression_size` bytes are compressed; None turns compression off.
    """

    api_id: str
    stage: str
    routes: tuple[Route, ...]
    authorizers: Mapping[str, Authorizer]
    responses: Mapping[str, GatewayResponse]
    throttles: Mapping[tuple[str, str], Throttle]
    binary_media_types: tuple[str, ...] = ()
    minimum_compression_size: int | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue with its attributes for CreateQueue."""

    logical_id: str
    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventSource:
    """An SQS event source mapping. Window in seconds; `concurrency` is None without a maximum."""

    function: str
    queue: str
    batch_size: int
    window: float
    partial_failures: bool
    concurrency: int | None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """A target of a rule: its ARN, and further properties such as input."""

    target_id: str
    arn: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with an event pattern on a bus."""

    name: str
    bus: str
    pattern: Mapping[str, Any]
    enabled: bool
    targets: tuple[RuleTarget, ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of the events of a bus that match a pattern, for replays."""

    name: str
    bus: str
    pattern: Mapping[str, Any] | None
    days: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of a function. `payload` is the fixed input, or None for a scheduled event."""

    name: str
    arn: str
    expression: str
    function: str
    payload: Any = None
    has_payload: bool = False
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and its initial value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """The resources of a template and its nested templates."""

    files: tuple[Path, ...]
    functions: Mapping[str, Function]
    apis: tuple[RestApi, ...] = ()
    queues: tuple[Queue, ...] = ()
    buses: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    archives: tuple[Archive, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    mail_identities: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    buckets: tuple[str, ...] = ()


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def function_of_arn(arn: str) -> str:
    """Returns the function's name from its ARN, the ARN of an alias or version, or its name."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else parts[0]
