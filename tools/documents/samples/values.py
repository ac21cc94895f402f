"""Values that sample events share, and the values in events/samples.yaml."""

from __future__ import annotations

import functools
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from tools import ROOT

if TYPE_CHECKING:
    from tools.templates.model import Inventory

type Json = dict[str, Any]

FOLDER = ROOT / "events"
API_ID = "a1b2c3d4e5"
MOMENT = datetime(2026, 1, 14, 14, 5, 40, 123456, UTC)
TRACE = "Root=1-6967a2d4-3f1c0e5b7a9d4c2e8b6f1a30"


@functools.cache
def sample_values() -> Json:
    """Returns the content of events/samples.yaml."""
    values: Json = yaml.safe_load((FOLDER / "samples.yaml").read_text(encoding="utf-8"))
    return values


def fixed_id(name: str) -> str:
    """Returns a UUID that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:microshop:sample:{name}"))


def file_of(inventory: Inventory, function: str) -> str:
    """Returns the name of the function's file and of its sample, without suffix."""
    return inventory.functions[function].handler.partition(".")[0]
