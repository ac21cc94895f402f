"""The local stack: the servers, the gateway and the runtime that serve template.yaml on one machine."""

import sys
from pathlib import Path

# The shop's package is the layer's content, not an installed one.
sys.path.append(str(Path(__file__).resolve().parents[2] / "layers" / "shared"))
