"""The commands that people run: local stack, operator's commands, lint, scanner, release, generated documents."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The package microshop is the content of a layer; it is not installed.
sys.path.append(str(ROOT / "layers" / "shared"))
