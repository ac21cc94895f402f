"""The consumers in functions/consumers, and which events each declares that it handles."""

import functools
from collections.abc import Collection

from tests.support.functions import FOLDER, load_function

_FILES = sorted((FOLDER / "consumers").glob("*.py"))


@functools.cache
def handled() -> dict[str, Collection[str]]:
    """Consumer → the types of the events that it handles."""
    return {file.stem: frozenset(load_function(f"consumers/{file.stem}").EVENTS) for file in _FILES}


def inboxes() -> dict[str, Collection[str]]:
    """The same for consumers that record what they have handled."""
    with_inbox = {file.stem for file in _FILES if "Inbox(" in file.read_text(encoding="utf-8")}
    return {name: events for name, events in handled().items() if name in with_inbox}
