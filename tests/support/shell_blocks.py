"""Runs the commands of a document in one shell, block after block, as a reader pastes them."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.runner import ROOT

_BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A test needs only the answers, and must stop at a failed command.
_STRICT = 'set -euo pipefail; curl() { command curl -sS "$@"; }\n'


def shell_blocks(document: str) -> list[str]:
    """The blocks of a document in docs/, in order."""
    return _BLOCK.findall((ROOT / "docs" / document).read_text(encoding="utf-8"))


def run_blocks(
    blocks: list[str], *, url: str, folder: Path, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run the blocks in the folder. The URL replaces that of a shop on port 3000."""
    script = _STRICT + "\n".join(blocks).replace("http://127.0.0.1:3000", url)
    command = [str(shutil.which("bash")), "-c", script]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)


def json_objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, one after the other."""
    decoder, found, position = json.JSONDecoder(), list[dict[str, Any]](), 0
    while (position := text.find("{", position)) >= 0:
        value, position = decoder.raw_decode(text, position)
        found.append(value)
    return found
