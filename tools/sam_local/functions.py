"""Every function of every stack, with its sample event."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools import ROOT
from tools.sam_local.command import REGION
from tools.templates.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = ROOT / "template.yaml"
_NOWHERE = "http://aws.invalid"
# With these parameters, the templates have every function of every deployment.
EVERYTHING = {
    "DatabaseUrl": "mysql://user:password@database.invalid/shop",
    "MigrationDatabaseUrl": "mysql://user:password@database.invalid/shop",
    "RedisUrl": "redis://redis.invalid",
    "DatabaseAdminSecretArn": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:admin",
    "ContinuousRelay": "off",  # one pass, instead of polling until shortly before the timeout
}


@dataclass(frozen=True)
class SamFunction:
    """A function. `stack` is the logical id of its nested stack, or empty; `event` is the name of its sample."""

    stack: str
    logical_id: str
    event: str

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}" if self.stack else self.logical_id


@functools.cache
def functions() -> tuple[SamFunction, ...]:
    """Returns the functions of all templates."""
    root = Stack(_TEMPLATE, name="x", parameters=EVERYTHING, aws_endpoint_url=_NOWHERE)
    return tuple(
        SamFunction(
            stack.name.removeprefix("x").lstrip("-"), name, str(stack.property(name, "Handler")).partition(".")[0]
        )
        for stack in root.walk()
        for name, _ in stack.resources("AWS::Lambda::Function")
    )


def sample(function: SamFunction) -> Path:
    """Returns the file with the sample event of the function."""
    return ROOT / "events" / f"{function.event}.json"
