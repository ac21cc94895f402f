"""Finds the template files."""

from pathlib import Path

from tools import ROOT


def templates() -> list[Path]:
    """Returns the root template and those in infra/. Other YAML files there have no format version."""
    candidates = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
    return [file for file in candidates if file.read_text(encoding="utf-8").startswith("AWSTemplateFormatVersion:")]
