"""What a function has imported by the time its handler is ready, seen from a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_REPORT = "import {module}, json, sys; print(json.dumps(sorted(sys.modules)))"


def function_files() -> list[Path]:
    """The entry points, by domain and name."""
    return sorted(ROOT.glob("functions/*/*.py"))


def loaded_modules(file: Path) -> set[str]:
    """Every module that importing this entry point loads, the interpreter's own included."""
    path = [str(file.parent), str(ROOT / "layers" / "shared")]
    script = f"import sys; sys.path[:0] = {path!r}; " + _REPORT.format(module=file.stem)
    # No environment at all: nothing may be read before the first event.
    done = subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))
