"""The cost of queries: their plans, and the rows that the server reads for them."""

from collections.abc import Callable

from microshop.platform.mysql import Database, Parameters, Row
from microshop.platform.time_limit import MARIADB_PREFIX


class ExplainingDatabase(Database):
    """Explains each statement instead of running it. `plan` is that of the last one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.plan: list[Row] = []

    @property
    def keys(self) -> set[tuple[str, str | None]]:
        """The tables of the plan, each with its index."""
        return {(row["table"], row["key"]) for row in self.plan}

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        # Not the time limit of MariaDB: SET STATEMENT cannot be explained.
        statement = sql[sql.index("SELECT") :] if sql.startswith(MARIADB_PREFIX) else sql.strip()
        self.plan = self._database.rows(f"EXPLAIN FORMAT=TRADITIONAL {statement}", parameters)
        return []

    def execute(self, sql: str, parameters: Parameters = (), *, idempotent: bool = False) -> int:  # noqa: ARG002
        self.rows(sql, parameters)
        return 0


def rows_read(database: Database, action: Callable[[], object]) -> int:
    """Returns the number of rows and index entries that the server reads for `action`."""
    before = _handler_reads(database)
    action()
    return _handler_reads(database) - before


def read_ranges_in_batches(database: Database) -> None:
    """Let MySQL read the rows of a range in batches (MRR) wherever it can, as it chooses to in tables of many GB."""
    database.execute("SET SESSION optimizer_switch = 'mrr_cost_based=off'")


def _handler_reads(database: Database) -> int:
    return sum(int(row["Value"]) for row in database.rows("SHOW SESSION STATUS LIKE 'Handler_read%'"))
