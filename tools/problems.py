"""The base class of errors that the user of a command can fix, and how a command exits with one."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERRUPTED = 128 + signal.SIGINT


class LocalProblem(Exception):
    """An error that the user can fix; the message is one sentence that says how."""


@contextlib.contextmanager
def exit_on_problem(program: str, interrupted: str = "stopped") -> Iterator[None]:
    """Exit with a sentence instead of a traceback after a LocalProblem (status 1) or Ctrl-C (status 130)."""
    try:
        yield
    except LocalProblem as problem:
        sys.exit(f"{program}: {problem}")
    except KeyboardInterrupt:
        # Ctrl-C may leave a half-made object, such as a response of http.client, whose finaliser fails.
        sys.unraisablehook = lambda _unraisable: None
        print(f"\n{program}: {interrupted}", file=sys.stderr)
        sys.exit(_INTERRUPTED)
