"""Installs the scanner into .venv-scan, because its pinned packages conflict with those of the project."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "tools/scan/requirements.txt"


class InstallationFailed(Exception):
    """The scanner could not be installed; the message has the output of pip."""


def scanner(root: Path) -> Path:
    """Returns the path of the scanner, after installing its locked packages if necessary.

    Raises:
        InstallationFailed: pip failed, for example without a network.
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
        raise InstallationFailed(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
