"""The resources of a stage: those of template.yaml and its nested templates, with the stage's parameters."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools import ROOT
from tools.templates.stack import Stack
from tools.templates.stages import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Function:
    """A Lambda function; memory in MB, timeout in seconds."""

    logical_id: str
    memory: int
    timeout: int
    reserved: int | None
    has_database: bool
    consumers: int  # maximum concurrency of its queue, else 0
    schedule: str  # the expression, or "" without a schedule
    behind_http: bool  # in a stack with an API; includes the authorizer


class Deployment:
    """The stacks of a stage; `given` parameters override those of its file."""

    def __init__(self, stage: str, **given: str) -> None:
        self.stage = stage
        root = Stack(
            ROOT / "template.yaml",
            name="microshop",
            parameters=parameters(stage) | given,
            aws_endpoint_url="http://aws.invalid",
        )
        self.parameters = root.parameters  # including defaults, as text
        self.stacks = list(root.walk())

    def of(self, *kinds: str) -> Iterator[tuple[Stack, str]]:
        """Returns stack and logical id of every resource of these types."""
        return ((stack, logical_id) for stack in self.stacks for logical_id, _ in stack.resources(*kinds))

    def count(self, kind: str) -> int:
        """Returns the number of resources of a type."""
        return sum(1 for _ in self.of(kind))

    @functools.cached_property
    def functions(self) -> list[Function]:
        """All functions, in the order of the templates."""
        database_roles = self._database_roles()
        consumers, schedules = self._consumers(), self._schedules()
        return [
            Function(
                logical_id=logical_id,
                memory=int(stack.property(logical_id, "MemorySize")),
                timeout=int(stack.property(logical_id, "Timeout")),
                reserved=_number(stack.property(logical_id, "ReservedConcurrentExecutions")),
                has_database=stack.property(logical_id, "Role") in database_roles,
                consumers=consumers.get(logical_id, 0),
                schedule=schedules.get(logical_id, ""),
                behind_http=any(stack.resources("AWS::ApiGateway::RestApi")),
            )
            for stack, logical_id in self.of("AWS::Lambda::Function")
        ]

    def _database_roles(self) -> set[str]:
        """Returns the ARNs of the roles that may sign in to the database."""
        allowed = {
            stack.attribute(logical_id, "Arn")
            for stack, logical_id in self.of("AWS::IAM::ManagedPolicy")
            if _signs_in(stack.property(logical_id, "PolicyDocument"))
        }
        return {
            stack.attribute(logical_id, "Arn")
            for stack, logical_id in self.of("AWS::IAM::Role")
            if allowed.intersection(stack.property(logical_id, "ManagedPolicyArns", []))
            or any(_signs_in(policy["PolicyDocument"]) for policy in stack.property(logical_id, "Policies", []))
        }

    def _consumers(self) -> dict[str, int]:
        return {
            _last_part(stack.property(logical_id, "FunctionName")): int(
                stack.property(logical_id, "ScalingConfig")["MaximumConcurrency"]
            )
            for stack, logical_id in self.of("AWS::Lambda::EventSourceMapping")
        }

    def _schedules(self) -> dict[str, str]:
        return {
            _last_part(stack.property(logical_id, "Targets")[0]["Arn"]): expression
            for stack, logical_id in self.of("AWS::Events::Rule")
            if (expression := stack.property(logical_id, "ScheduleExpression"))
        }


@functools.cache
def deployment(stage: str, **given: str) -> Deployment:
    """Returns a cached deployment, because transforming a template takes seconds."""
    return Deployment(stage, **given)


def _signs_in(policy: Mapping[str, Any]) -> bool:
    return any("rds-db:connect" in statement["Action"] for statement in policy["Statement"])


def _last_part(name: str) -> str:
    return name.rpartition("-")[2].removesuffix(":live")


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
