"""The commands that people run: local stack, operator's commands, lint, scanner, release, computed documents."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The shop's package is the layer's content, not an installed one.
sys.path.append(str(ROOT / "layers" / "shared"))
