"""The base class of errors in releases."""

from tools.problems import LocalProblem


class ReleaseProblem(LocalProblem):
    """An error to fix before the release; the message is one sentence that says how."""
