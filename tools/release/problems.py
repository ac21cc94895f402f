"""Owns the root of what can go wrong for whoever makes a release."""


class ReleaseProblem(Exception):
    """Something that can be put right before the release; the text says in one sentence what to do."""
