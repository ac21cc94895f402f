"""Owns the root of what can go wrong for the developer at the terminal, and how a command ends with it."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERRUPTED = 128 + signal.SIGINT


class LocalProblem(Exception):
    """Something that the developer can put right; the text says in one sentence what to do."""


@contextlib.contextmanager
def told_in_one_sentence(program: str, interrupted: str = "stopped") -> Iterator[None]:
    """End the process with a sentence instead of a traceback, after a LocalProblem (status 1) or Ctrl-C (130)."""
    try:
        yield
    except LocalProblem as problem:
        sys.exit(f"{program}: {problem}")
    except KeyboardInterrupt:
        # Ctrl-C may leave a half-made object, such as a response of http.client, whose finaliser fails.
        sys.unraisablehook = lambda _unraisable: None
        print(f"\n{program}: {interrupted}", file=sys.stderr)
        sys.exit(_INTERRUPTED)
