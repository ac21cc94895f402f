"""Owns .venv-scan, the scanner's own environment: its pins do not go together with the project's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "tools/scan/requirements.txt"


class InstallationFailed(Exception):
    """The scanner could not be installed; the text says what pip said."""


def scanner(root: Path) -> Path:
    """The scanner's program, after its locked packages were installed if they were not there.

    Raises:
        InstallationFailed: pip or the network refused.
    """
    environment = root / ".venv-scan"
    stamp = environment / "setup-stamp"
    wanted = hashlib.sha256(f"{environment}\n{sys.version}\n".encode() + (root / _LOCK).read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("scan: installing the scanner into .venv-scan", flush=True)
        _run(sys.executable, "-m", "venv", "--clear", str(environment))
        pip = (str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        _run(*pip, "--require-hashes", "--only-binary=:all:", "-r", str(root / _LOCK))
        stamp.write_text(wanted)
    return environment / "bin" / "checkov"


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallationFailed(f"{' '.join(command)} said:\n{done.stdout}{done.stderr}")
