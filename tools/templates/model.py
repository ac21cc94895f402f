"""What a template asks for, as plain values: functions, API, queues, rules, schedules and what else runs here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's default account


class TemplateError(Exception):
    """The template asks for something that the local stack must run but cannot make out; one sentence says what."""


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. Timeout in seconds, memory in MB; `reserved` is None where nothing is reserved."""

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
    """A Lambda authorizer. `kind` is TOKEN or REQUEST; sources are like `header.X`, `querystring.X`; TTL in seconds."""

    name: str
    function: str
    kind: str
    sources: tuple[str, ...]
    ttl: int
    validation: str | None = None


@dataclass(frozen=True, slots=True)
class MockResponse:
    """The fixed answer of a mock integration: what CORS preflights are."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource. Either a function answers it, or a mock. Timeout in seconds."""

    method: str
    path: str
    function: str | None
    authorizer: str | None
    timeout: float
    mock: MockResponse | None = None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """How an error of the gateway's own is put. A status of None keeps the error's own."""

    status: int | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Throttle:
    """A token bucket's size: requests a second, and requests at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class RestApi:
    """The REST API and its stage. `throttles` maps (METHOD, /path) to limits; ("*", "/*") is the stage's own.

    Answers of at least `minimum_compression_size` bytes are compressed; None turns compression off.
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
    """An SQS queue, with the attributes that CreateQueue takes."""

    logical_id: str
    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventSource:
    """An SQS event source mapping. Window in seconds; `concurrency` is None where the template sets no maximum."""

    function: str
    queue: str
    batch_size: int
    window: float
    partial_failures: bool
    concurrency: int | None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """Where a rule delivers to: a queue's ARN, and what the template says about input."""

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
    """What keeps the events of a bus that match a pattern, so that they can be replayed."""

    name: str
    bus: str
    pattern: Mapping[str, Any] | None
    days: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that invokes a function at given times. `payload` is the fixed input, or None for a scheduled event."""

    name: str
    arn: str
    expression: str
    function: str
    payload: Any = None
    has_payload: bool = False
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and its first value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that the template and its nested templates ask for."""

    files: tuple[Path, ...]
    functions: Mapping[str, Function]
    api: RestApi | None = None
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
    """The function's name in an ARN, an alias's or version's ARN, or a bare name."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else parts[0]
