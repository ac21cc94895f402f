"""`python -m tools.lint`: runs cfn-lint with its own rules and the shop's rules over all templates."""

import sys
from pathlib import Path

from cfnlint.config import ConfigMixIn
from cfnlint.runner.cli import Runner

from tools import ROOT
from tools.templates.files import templates

RULES = ROOT / "tools" / "lint" / "rules"


if __name__ == "__main__":
    given = sys.argv[1:] or [str(file.relative_to(Path.cwd(), walk_up=True)) for file in templates()]
    Runner(ConfigMixIn(["--append-rules", str(RULES), "--template", *given])).cli()
