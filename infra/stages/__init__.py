"""The stages: what each one's file gives template.yaml's parameters, which is all that they differ in."""

from pathlib import Path
from typing import Any

import yaml

NAMES = ("dev", "staging", "prod")
_FOLDER = Path(__file__).parent


def parameters(stage: str) -> dict[str, Any]:
    """The values that the stage's file gives, by the names of parameters."""
    values: dict[str, Any] = yaml.safe_load((_FOLDER / f"{stage}.yaml").read_text(encoding="utf-8"))
    return values
