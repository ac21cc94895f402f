"""`make replay-erasures`: erase again, in a restored database, everybody who was erased before."""

from collections.abc import Iterator

from tools.operator.stacks import Stack


def replay_erasures(stack: Stack) -> Iterator[str]:
    """Invoke the function until it is complete, and say what it did."""
    total = 0
    while True:
        found = stack.invoke("ReplayErasuresFunction")
        total += found["erased"]
        if found["complete"]:
            break
        yield f"{total} accounts erased so far."
    yield f"{stack.name}: {found['tombstones']} tombstones, {total} accounts erased again."
    if total == 0:
        yield "Nobody who was erased is in the database."
