"""The open connections of a database server."""

from collections.abc import Collection

from microshop.platform.mysql import Database


def connected(database: Database, ids: Collection[int]) -> set[int]:
    """Returns those of `ids` that the server still has as connections of the test's database user."""
    # Not information_schema.PROCESSLIST: MySQL converts every statement there to utf8mb3, which fails while another
    # test runs a statement with an emoji in it.
    return set(ids) & {int(row["Id"]) for row in database.rows("SHOW PROCESSLIST")}


def waits_for_stock(database: Database, connection_id: int) -> bool:
    """Whether this connection runs the update that takes the stock of an order."""
    running = {row["Id"]: row["Info"] for row in database.rows("SHOW FULL PROCESSLIST")}
    return "UPDATE order_lines" in str(running.get(connection_id))
