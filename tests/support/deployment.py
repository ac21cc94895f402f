"""The resources of a deployment: every resource of every template, with resolved properties."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.templates.sam import load
from tools.templates.stack import Stack

ROOT = Path(__file__).parents[2]
_URLS = {"DatabaseUrl": "mysql://user:password@database.invalid/shop", "RedisUrl": "redis://redis.invalid"}


@dataclass(frozen=True)
class Resource:
    """A resource of one stack."""

    stack: Stack
    logical_id: str

    def __getitem__(self, name: str) -> Any:
        return self.stack.property(self.logical_id, name)

    @property
    def arn(self) -> Any:
        """The value of Fn::GetAtt Arn."""
        return self.stack.attribute(self.logical_id, "Arn")


class Templates:
    """The root template with the defaults of its parameters, and its nested templates."""

    def __init__(self, **parameters: str) -> None:
        root = Stack(
            ROOT / "template.yaml",
            name="microshop",
            parameters=_URLS | parameters,
            aws_endpoint_url="http://aws.invalid",
        )
        self.stacks = list(root.walk())

    def of(self, kind: str) -> list[Resource]:
        """Every resource of a type."""
        return [Resource(stack, logical_id) for stack in self.stacks for logical_id, _ in stack.resources(kind)]

    @property
    def sources(self) -> list[dict[str, Any]]:
        """The templates as written, unresolved."""
        return [load(stack.file) for stack in self.stacks]
