"""The record of loads in the database: what is to be inserted, and what is already there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # of ids of orders, see orders/numbers.py
_ORDERS_SPAN, _CATALOGUE_SPAN = timedelta(days=365), timedelta(days=3 * 365)

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS load_data_runs (
    run                 INT PRIMARY KEY,
    products_from       BIGINT NOT NULL,
    products_to         BIGINT NOT NULL,
    products_done       BIGINT NOT NULL,
    users_from          BIGINT NOT NULL,
    users_to            BIGINT NOT NULL,
    users_done          BIGINT NOT NULL,
    orders_from         BIGINT NOT NULL,
    orders_to           BIGINT NOT NULL,
    orders_done         BIGINT NOT NULL,
    deliveries_from     BIGINT NOT NULL,
    deliveries_to       BIGINT NOT NULL,
    deliveries_done     BIGINT NOT NULL,
    catalogue_first_id  BIGINT NOT NULL,
    catalogue_products  BIGINT NOT NULL,
    customers_first_id  BIGINT NOT NULL,
    customers           BIGINT NOT NULL,
    currency            CHAR(3) NOT NULL,
    began_at            DATETIME(6) NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS load_data_orders (
    id         BIGINT PRIMARY KEY,
    number     BIGINT NOT NULL,
    placed_at  DATETIME(6) NOT NULL,
    course     INT NOT NULL,
    user_id    BIGINT NOT NULL,
    pace       DOUBLE NOT NULL,
    line_count INT NOT NULL,
    a          CHAR(32) NOT NULL,
    b          CHAR(32) NOT NULL
) DEFAULT CHARACTER SET ascii
""",
    """
CREATE TABLE IF NOT EXISTS load_data_lines (
    order_id         BIGINT NOT NULL,
    product_id       BIGINT NOT NULL,
    position         INT NOT NULL,
    sku              VARCHAR(64) NOT NULL,
    name             VARCHAR(200) NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    quantity         INT NOT NULL,
    PRIMARY KEY (order_id, product_id)
) DEFAULT CHARACTER SET utf8mb4
""",
    "CREATE TABLE IF NOT EXISTS load_data_numbers (n INT PRIMARY KEY)",
)
_TEMPORARY = ("load_data_orders", "load_data_lines", "load_data_numbers")


class Part(StrEnum):
    """The parts of a load, in their order. A part has the columns `…_from`, `…_to` and `…_done`."""

    PRODUCTS = auto()
    USERS = auto()
    ORDERS = auto()
    DELIVERIES = auto()


@dataclass(frozen=True)
class Sizes:
    """How many products, users and orders there shall be in all loads together."""

    products: int
    users: int
    orders: int


@dataclass(frozen=True)
class Run:
    """A load. Its rows have the numbers from `…_from` to below `…_to`, of which those below `…_done` are inserted.

    Its orders are of the products and users of the last load that had any.
    """

    run: int = 0
    products_from: int = 0
    products_to: int = 0
    products_done: int = 0
    users_from: int = 0
    users_to: int = 0
    users_done: int = 0
    orders_from: int = 0
    orders_to: int = 0
    orders_done: int = 0
    deliveries_from: int = 0
    deliveries_to: int = 0
    deliveries_done: int = 0
    catalogue_first_id: int = 0
    catalogue_products: int = 0
    customers_first_id: int = 0
    customers: int = 0
    currency: str = ""
    began_at: datetime = _EPOCH

    def bounds(self, part: Part) -> tuple[int, int, int]:
        """Returns from, to and done of a part."""
        start, end, done = (getattr(self, f"{part}_{bound}") for bound in ("from", "to", "done"))
        return start, end, done

    @property
    def is_done(self) -> bool:
        """Whether all its rows are inserted."""
        return all(done == end for _, end, done in map(self.bounds, Part))

    def parameters(self, part: Part) -> dict[str, object]:
        """Returns the parameters of the statements of a part, apart from those of a batch."""
        start, end, _ = self.bounds(part)
        begins = max(self.began_at - _ORDERS_SPAN, _EPOCH)
        return {
            "run": self.run,
            "from": start,
            "to": end,
            "first_id": self.customers_first_id if part is Part.USERS else self.catalogue_first_id,
            "catalogue_first_id": self.catalogue_first_id,
            "catalogue_products": self.catalogue_products,
            "customers_first_id": self.customers_first_id,
            "customers": self.customers,
            "currency": self.currency,
            "began_at": self.began_at,
            "catalogue_began_at": self.began_at - _CATALOGUE_SPAN,
            "epoch": _EPOCH,
            "begins_ms": (begins - _EPOCH) // _MILLISECOND,
            "ends_ms": (self.began_at - _EPOCH) // _MILLISECOND - 1,
        }


_COLUMNS = tuple(field.name for field in fields(Run))
_LAST = f"SELECT {', '.join(_COLUMNS)} FROM load_data_runs ORDER BY run DESC LIMIT 1"
_INSERT = f"""
INSERT INTO load_data_runs ({", ".join(_COLUMNS)})
VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)})
"""
_DEFAULT_CURRENCY = "USD"
_CURRENCY = "SELECT currency FROM products ORDER BY id LIMIT 1"


class Runs:
    """The loads of a database. Its user may create tables."""

    def __init__(self, database: Database, batch_size: int) -> None:
        self._database = database
        self._batch_size = batch_size

    def prepare(self) -> None:
        """Create the tables of loads."""
        for statement in _TABLES:
            self._database.execute(statement)
        self._database.execute("DELETE FROM load_data_numbers")
        ones = " UNION ALL ".join(f"SELECT {digit} AS digit" for digit in range(10))
        digits = ", ".join(f"({ones}) AS digits_{place}" for place in range(5))
        number = " + ".join(f"digits_{place}.digit * {10**place}" for place in range(5))
        self._database.execute(
            f"INSERT INTO load_data_numbers (n) SELECT {number} FROM {digits} WHERE {number} < {self._batch_size}"
        )

    def tidy(self) -> None:
        """Drop the tables that only a load in progress needs."""
        for table in _TEMPORARY:
            self._database.execute(f"DROP TABLE IF EXISTS {table}")

    def last(self) -> Run:
        """Returns the last load, or one of nothing if there is none."""
        row = self._database.row(_LAST)
        return Run(**row) if row else Run()

    def start(self, previous: Run, sizes: Sizes) -> Run:
        """Record a load of what is missing after the previous one, and reserve ids for its products and users."""
        products, users, orders = sizes.products, sizes.users, sizes.orders
        run = replace(
            previous,
            run=previous.run + 1,
            products_from=previous.products_to, products_to=max(products, previous.products_to),
            products_done=previous.products_to,
            users_from=previous.users_to, users_to=max(users, previous.users_to), users_done=previous.users_to,
            orders_from=previous.orders_to, orders_to=max(orders, previous.orders_to), orders_done=previous.orders_to,
            currency=(self._database.row(_CURRENCY) or {"currency": _DEFAULT_CURRENCY})["currency"],
            began_at=datetime.now(UTC),
        )  # fmt: skip
        if count := run.products_to - run.products_from:
            run = replace(run, catalogue_first_id=self._reserve("products", count), catalogue_products=count)
        if count := run.users_to - run.users_from:
            run = replace(run, customers_first_id=self._reserve("users", count), customers=count)
        run = replace(run, deliveries_from=0, deliveries_to=run.catalogue_products, deliveries_done=0)
        self._database.execute(_INSERT, asdict(run))
        return run

    def advance(self, run: Run, part: Part, done: int) -> None:
        """Record that the rows below `done` are inserted, in the transaction of their insertion."""
        sql = f"UPDATE load_data_runs SET {part}_done = %(done)s WHERE run = %(run)s"
        self._database.execute(sql, {"done": done, "run": run.run})

    def _reserve(self, table: str, count: int) -> int:
        """Let the table's next own id be above `count` free ones. Returns the first of these."""
        row = self._database.row(f"SELECT COALESCE(MAX(id), 0) + 1 AS id FROM {table}")
        first = int(row["id"]) if row else 1
        self._database.execute(f"ALTER TABLE {table} AUTO_INCREMENT = {first + count}")
        return first
