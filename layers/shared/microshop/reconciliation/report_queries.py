"""SQL that reads stored reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

# A period shows only itself. The table has a row for each run, and almost all of them are nightly.
_LATEST = """
SELECT id, report
FROM reconciliations
WHERE report NOT LIKE '%%"extent": "period"%%'
ORDER BY id DESC
LIMIT 1
"""


class StoredReports:
    """Reads the reports of finished reconciliations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> tuple[int, dict[str, Any]] | None:
        """Returns id and content (view.py) of the latest report about the whole shop; None before the first run."""
        row = self._database.row(_LATEST)
        return (int(row["id"]), json.loads(row["report"])) if row else None
