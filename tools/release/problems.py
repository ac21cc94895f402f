"""Owns the root of what can go wrong for the person who makes a release."""

from tools.problems import LocalProblem


class ReleaseProblem(LocalProblem):
    """Something that can be put right before the release; the text says in one sentence what to do."""
