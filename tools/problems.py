"""Owns the root of what can go wrong for the developer at the terminal."""


class LocalProblem(Exception):
    """Something that the developer can put right; the text says in one sentence what to do."""
