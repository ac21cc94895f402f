"""`make migrate` and `make migrations`: apply and list migrations of the database schema."""

from collections.abc import Iterator

from tools.operator.stacks import Stack
from tools.operator.tables import count_of


def migrate(stack: Stack) -> Iterator[str]:
    """Apply all pending migrations."""
    answer = stack.invoke("MigrateFunction")
    applied = answer["applied"]
    yield from (f"applied  {name}" for name in applied)
    yield from answer["warnings"]
    yield f"{stack.name}: {count_of(len(applied), 'migration')} applied." if applied else f"{stack.name} is up to date."


def show_migrations(stack: Stack) -> Iterator[str]:
    """List applied and pending migrations."""
    found = stack.invoke("MigrateFunction", status=True)
    yield from (f"applied  {name}" for name in found["applied"])
    yield from (f"pending  {name}" for name in found["pending"])
    pending = len(found["pending"])
    yield (
        f"{stack.name}: {pending} pending; apply them with `make migrate`."
        if pending
        else f"{stack.name} is up to date."
    )
