"""The machine and the commit of a measurement."""

import os
import platform
import re
import subprocess
from pathlib import Path

from tools import ROOT

_MODEL = re.compile(r"^model name\s*: (.*)$", re.MULTILINE)


def machine() -> str:
    """Returns CPU, cores, memory and operating system in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def measured_commit() -> str:
    """Returns the short hash of the checked out commit, and whether the code in the working tree differs from it."""
    commit = _git("rev-parse", "--short=7", "HEAD").strip()
    changed = _git("status", "--porcelain", "--", ".", ":!docs").strip()
    return f"{commit} with changes" if changed else commit


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    found = _MODEL.search(file.read_text(encoding="utf-8")) if file.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _git(*arguments: str) -> str:
    command = ("/usr/bin/env", "git", "-C", str(ROOT), *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
