"""Brings the database's schema up to date, or with `{"status": true}` says what is applied and what waits."""

from typing import Any

from microshop.migrations import runner
from microshop.platform import observability, settings


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"applied": […]}`, for a status with `"pending": […]`; a refused migration fails the invocation."""
    url = settings.text("DATABASE_URL")
    if event.get("status"):
        found = runner.status(url)
        return {"applied": list(found.applied), "pending": list(found.pending)}
    applied = runner.migrate(url)
    observability.log().info("migrated", extra={"applied": applied})
    return {"applied": applied}
