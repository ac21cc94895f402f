"""The stages and their parameters. Stages differ only in parameters of template.yaml."""

from typing import Any

import yaml

from tools import ROOT

NAMES = ("dev", "staging", "prod")
_FOLDER = ROOT / "infra" / "stages"


def parameters(stage: str) -> dict[str, Any]:
    """Returns the parameters in the stage's file."""
    values: dict[str, Any] = yaml.safe_load((_FOLDER / f"{stage}.yaml").read_text(encoding="utf-8"))
    return values
