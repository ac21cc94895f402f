"""An entry of the audit log, and the filters of its list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microshop.errors import FieldProblem, InvalidInput
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MAX_ACTION_LENGTH = 50
MAX_ENTITY_LENGTH = 30
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+", re.ASCII)
_ENTITY = re.compile(r"[a-z_]+", re.ASCII)


class AuditEntry(Value):
    """A change, who made it, and the request. `changes`: field → [before, after], or None for withheld values."""

    id: int
    created_at: datetime
    user_id: int
    key_id: int | None
    action: str
    entity: str
    entity_id: int | None
    changes: Mapping[str, Sequence[object] | None]
    request_id: str


class AuditFilter(Value):
    """The filters of a list; None does not filter. `created_from` is inclusive, `created_before` is not."""

    user_id: int | None = None
    key_id: int | None = None
    action: str | None = None
    entity: str | None = None
    entity_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None

    def require_whole_entity(self) -> None:
        """Check that the filter names no entity or a whole one: an index has the rows of one entity in their order.

        Raises:
            InvalidInput: only its kind or only its id is given.
        """
        if (self.entity is None) != (self.entity_id is None):
            missing, given = ("entity", "entity_id") if self.entity is None else ("entity_id", "entity")
            raise InvalidInput(FieldProblem(missing, f"is required with {given}"))


def parse_action(text: str) -> str:
    """Returns the action.

    Raises:
        ValueError: the text cannot be an action.
    """
    if len(text) > MAX_ACTION_LENGTH or not _ACTION.fullmatch(text):
        raise ValueError("must be an action such as order.refund")
    return text


def parse_entity(text: str) -> str:
    """Returns the kind of an entity.

    Raises:
        ValueError: the text cannot be one.
    """
    if len(text) > MAX_ENTITY_LENGTH or not _ENTITY.fullmatch(text):
        raise ValueError("must be the kind of an entity such as order")
    return text
