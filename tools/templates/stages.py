"""The stages: what each one's file gives template.yaml's parameters, which is all that they differ in."""

from typing import Any

import yaml

from tools import ROOT

NAMES = ("dev", "staging", "prod")
_FOLDER = ROOT / "infra" / "stages"


def parameters(stage: str) -> dict[str, Any]:
    """The values that the stage's file gives, by the names of parameters."""
    values: dict[str, Any] = yaml.safe_load((_FOLDER / f"{stage}.yaml").read_text(encoding="utf-8"))
    return values
