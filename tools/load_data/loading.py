"""Inserts the rows of a load in batches, each in one transaction with the record of how far the load is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tools.demo.catalogue_files import LANGUAGES
from tools.load_data import events
from tools.load_data.batch import COMPUTE_LINES, COMPUTE_ORDERS
from tools.load_data.listings import ListingLoader
from tools.load_data.orders import ORDERS
from tools.load_data.payments import PAYMENTS
from tools.load_data.products import DELIVERIES, PRODUCT_BATCH
from tools.load_data.run import Part, Run, Runs, Sizes
from tools.load_data.users import USER_BATCH
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from microshop.platform.mysql import Database

_BATCH_SIZE = 20_000
# The default of settings.outbox_retention_days().
_EVENT_RETENTION = timedelta(days=7)
_EMPTY_BATCH = ("DELETE FROM load_data_lines", "DELETE FROM load_data_orders")
_ANALYZED = (
    "products", "users", "orders", "order_lines", "order_history", "stock_movements", "payments", "payment_entries",
    "refunds", "disputes", "outbox", "inbox", "listings", "listing_texts", "listing_slugs", "listing_categories",
    "brands", "categories", "category_texts", "shelf_entries", "search_postings", "search_documents", "search_words",
    "search_deletions",
)  # fmt: skip

# Called with a part, how many of its rows are inserted, and how many there shall be.
type Progress = Callable[[str, int, int], None]


class Loader:
    """Loads data into one database.

    Args:
        database: its user may create tables.
        inboxes: the consumers with an inbox, each with the types of the events that it handles.
        password_hash: of the password of all loaded customers.
        languages: of the listings; their texts are in the first one.
        card_provider: the provider of payments of orders that are not paid on delivery.
    """

    def __init__(
        self,
        database: Database,
        *,
        inboxes: Mapping[str, Collection[str]],
        password_hash: str,
        progress: Progress,
        card_provider: str = "offline",
        languages: Sequence[str] = LANGUAGES,
        batch_size: int = _BATCH_SIZE,
    ) -> None:
        self._database = database
        self._runs = Runs(database, batch_size)
        self._listings = ListingLoader(database, languages)
        self._batch_size = batch_size
        self._progress = progress
        self._values = {"password_hash": password_hash, "card_provider": card_provider}
        self._statements: Mapping[Part, Sequence[str]] = {
            Part.PRODUCTS: PRODUCT_BATCH,
            Part.USERS: USER_BATCH,
            Part.ORDERS: (
                *_EMPTY_BATCH, COMPUTE_ORDERS, COMPUTE_LINES, *ORDERS, *PAYMENTS, events.OUTBOX, events.inbox(inboxes),
            ),
            Part.DELIVERIES: DELIVERIES,
        }  # fmt: skip

    def load(self, sizes: Sizes) -> bool:
        """Finish an interrupted load, then insert what is missing. Returns whether anything was.

        Raises:
            LocalProblem: orders need products and customers.
            Unavailable: the server does not answer.
        """
        self._runs.prepare()
        self._database.execute("SET SESSION group_concat_max_len = 100000")
        last = self._runs.last()
        inserted = not last.is_done
        last = self._continue(last)
        if sizes.products > last.products_to or sizes.users > last.users_to or sizes.orders > last.orders_to:
            if sizes.orders > last.orders_to and not (
                max(sizes.products, last.products_to) and max(sizes.users, last.users_to)
            ):
                raise LocalProblem("orders need products and customers: set PRODUCTS and USERS too")
            self._continue(self._runs.start(last, sizes))
            inserted = True
        if inserted:
            self._database.rows(f"ANALYZE TABLE {', '.join(_ANALYZED)}")
        self._runs.tidy()
        return inserted

    def _continue(self, run: Run) -> Run:
        for part in Part:
            start, end, done = run.bounds(part)
            while done < end:
                count = min(self._batch_size, end - done)
                self._insert(run, part, done, count)
                done += count
                self._progress(part, done - start, end - start)
            run = self._runs.last() if run.run else run
        return run

    def _insert(self, run: Run, part: Part, first: int, count: int) -> None:
        values = {
            **self._values,
            **run.parameters(part),
            "first": first,
            "count": count,
            "events_since": run.began_at - _EVENT_RETENTION,
        }
        self._database.begin()
        try:
            for statement in self._statements[part]:
                self._database.execute(statement, values)
            if part is Part.PRODUCTS:
                product_id = run.catalogue_first_id + first - run.products_from
                self._listings.write(product_id, count, run.currency)
            self._runs.advance(run, part, first + count)
        except BaseException:
            self._database.rollback()
            raise
        self._database.commit()
