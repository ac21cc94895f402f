"""Owns `python -m infra.lint`: cfn-lint with its own rules and ours over every template of this repository."""

import sys
from pathlib import Path

from cfnlint.config import ConfigMixIn
from cfnlint.runner.cli import Runner

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "infra" / "lint" / "rules"


def templates() -> list[Path]:
    """The root template and those beside this folder; other YAML stands there too, but says no format version."""
    candidates = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
    return [file for file in candidates if file.read_text(encoding="utf-8").startswith("AWSTemplateFormatVersion:")]


if __name__ == "__main__":
    given = sys.argv[1:] or [str(file.relative_to(Path.cwd(), walk_up=True)) for file in templates()]
    Runner(ConfigMixIn(["--append-rules", str(RULES), "--template", *given])).cli()
