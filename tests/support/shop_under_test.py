"""The shop on real servers and its model, with interrupted use cases and repeated events."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from microshop.caller import Caller
from microshop.errors import Conflict, PaymentRefused, ShopError, Unavailable
from microshop.messaging.event import ReceivedEvent, read_event
from microshop.messaging.inbox import Inbox
from microshop.messaging.once import handle_once
from microshop.messaging.outbox import OutboxRow
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.cache import ProductCache
from microshop.products.product import RenderedResponse
from microshop.products.queries import ProductQueries
from microshop.products.reading import render_product
from microshop.products.stale_products import EVENTS, stale_products
from tests.support.books import disagreements
from tests.support.buses import RecordingBus
from tests.support.failing_database import ConcurrentAction, FailingDatabase
from tests.support.model_shop import ModelShop
from tests.support.money_checks import MoneyChecks, is_justified
from tests.support.money_under_test import MoneyUnderTest
from tests.support.order_changes import changes_in
from tests.support.orders import a_customer
from tests.support.tables import empty
from tests.support.unreliable_provider import Failure
from tests.support.use_cases import an_admin

_PRODUCTS = "SELECT id, price_minor, stock, low_stock_threshold, version, archived FROM products"
_LEDGER = "SELECT product_id, kind, SUM(quantity) AS units FROM stock_movements GROUP BY product_id, kind"
_ORDERS = "SELECT id, user_id, status, payment_status, version FROM orders"
_DETAILS = "SELECT type, detail FROM outbox WHERE id >= %(first)s AND id < %(end)s"
_RETURNED = "SELECT order_id, product_id, returned FROM order_lines WHERE returned > 0"
_LAST_ROW = "SELECT COALESCE(MAX(id), 0) AS id FROM outbox"
_EVENTS = "SELECT type, aggregate, COUNT(*) AS count FROM outbox GROUP BY type, aggregate"


@dataclass(frozen=True)
class Outcome:
    """The result of a use case: its rows of the outbox, whether it committed, and its answer unless that was lost."""

    events: range
    done: bool
    lost: bool = False
    answer: Any = None


class ShopUnderTest:
    """An empty shop. Use cases run on the connection `worker`, concurrent actions on `other`; `database` only reads."""

    def __init__(self, database: Database, worker: FailingDatabase, other: Database, redis: Redis) -> None:
        empty(database)
        redis.command("FLUSHDB")
        self.database, self.worker, self.other = database, worker, other
        self.model, self.bus, self.money = ModelShop(), RecordingBus(), MoneyUnderTest(database)
        self.admin, self.customers = an_admin(database), [a_customer(database) for _ in range(2)]
        self._cache = ProductCache(redis)
        # Product → the events of its last change, while the cache may not know it.
        self._maybe_stale: dict[int, range] = {}
        self._reactions: Counter[str] = Counter()

    def do(
        self,
        lost_after: int | None,
        use_case: Callable[[], object],
        refused_as: type[ShopError] | None = None,
        *,
        failure: Failure | None = None,
        concurrent_action: ConcurrentAction | None = None,
        may_be_refused: bool = False,
    ) -> Outcome:
        """Run a use case. It must be refused as expected, unless it fails or another action runs concurrently."""
        provider = self.money.provider
        self.worker.begin_use_case(lost_after, concurrent_action)
        provider.begin_use_case(failure)
        last_row = self._last_row()
        refusal: ShopError | None = None
        answer: object = None
        try:
            answer = use_case()
        except ShopError as error:
            refusal = error
        provider.begin_use_case(None)
        provider.collect_webhooks()
        events = range(last_row + 1, self._last_row() + 1)
        if isinstance(refusal, Unavailable):
            assert lost_after is not None or failure is not None, refusal
            return Outcome(events, self.worker.committed, lost=True)
        if isinstance(refusal, PaymentRefused):
            assert failure is not None, refusal
        elif not ((self.worker.interrupted or may_be_refused) and (refusal is None or isinstance(refusal, Conflict))):
            assert (None if refusal is None else type(refusal)) is refused_as, (refusal, refused_as)
        return Outcome(events, self.worker.committed, answer=answer)

    def owner_of(self, order_id: int) -> Caller:
        """The customer of the order."""
        return next(each for each in self.customers if each.user_id == self.model.orders[order_id].user_id)

    def follow(self, outcome: Outcome, *, invalidates: bool = False) -> None:
        """Apply the changes of orders to the model.

        An endpoint that `invalidates` updates the cache after its commit; other changes of stock rely on the events.
        """
        for change in changes_in(outcome.events, self.database):
            assert is_justified(change.action, change.order_id, self.money), change
            self.model.apply(change)
        stale = self._stale_by(outcome.events)
        if invalidates and not outcome.lost:
            self._cache.invalidate(*stale)
        else:
            self._maybe_stale.update(dict.fromkeys(stale, outcome.events))

    def changed(self, outcome: Outcome, product_ids: Iterable[int]) -> None:
        """Invalidate the cache as an endpoint does after its commit; its events name the same products."""
        assert self._stale_by(outcome.events) == set(product_ids)
        if outcome.lost:
            self._maybe_stale.update(dict.fromkeys(product_ids, outcome.events))
        else:
            self._cache.invalidate(*product_ids)

    def new_product(self) -> int:
        """The id of the product that is missing in the model."""
        return self._new(_PRODUCTS, self.model.products)

    def new_order(self) -> int:
        """The id of the order that is missing in the model."""
        return self._new(_ORDERS, self.model.orders)

    def relay(self, lost_after: int | None, refused: Collection[int]) -> None:
        """Publish due events. The bus refuses the entries at these places, and they become due again."""
        uow = OutboxUnitOfWork(self.worker)
        self.do(lost_after, lambda: relay_batch(lambda rows: self.bus.publish(rows, refused), uow))
        self.database.execute("UPDATE outbox SET next_attempt_at = created_at WHERE published_at IS NULL")

    def deliverable(self) -> list[OutboxRow]:
        """The published events without a reaction, or all published events if each has one."""
        return [row for row in self.bus.taken if row.event_id not in self._reactions] or self.bus.taken

    def deliver(self, row: OutboxRow, *, fails: bool = False) -> None:
        """Deliver an event to the cache's consumer, and to one that reacts once to each event, unless it fails."""
        event = _received(row.type, row.detail)
        for product_id in _stale(row.type, row.detail):
            self._cache.invalidate(product_id)
            if row.id in self._maybe_stale.get(product_id, ()):
                del self._maybe_stale[product_id]

        def react() -> str:
            if fails:
                raise ConnectionError("the consumer fails")
            self._reactions[event.id] += 1
            return "reacted"

        try:
            handle_once(event, claim_seconds=60, inbox=Inbox(self.database, "a_consumer"), act=react)
        except ConnectionError:
            assert fails

    def shown(self, product_id: int) -> tuple[str | None, str | None]:
        """The product from the cache and from the database; twice the latter if the cache may be stale."""
        is_now = self._load(product_id)
        cached = self._cache.get(product_id, lambda: is_now)
        seen, true = cached.body if cached else None, is_now.body if is_now else None
        return (true, true) if product_id in self._maybe_stale else (seen, true)

    def settle(self) -> None:
        """Publish and deliver every event until nothing is left to do."""
        self.bus.take_all(self.database)
        for row in self.bus.taken:
            self.deliver(row)

    def unsettled(self) -> dict[str, object]:
        """Violations after every event was published and delivered."""
        event_ids = {row["event_id"] for row in self.database.rows("SELECT event_id FROM outbox")}
        found = {
            "never published": event_ids - set(self.bus.event_ids),
            "published but not in the outbox": set(self.bus.event_ids) - event_ids,
            "without exactly one reaction": event_ids
            ^ {event for event, times in self._reactions.items() if times == 1},
            "perhaps stale": self._maybe_stale,
            "changed by repetitions": self.money.changed_by_repetitions(),
            **self._checks.unsettled(),
        }
        return {what: where for what, where in found.items() if where}

    def disagreements(self) -> dict[str, object]:
        """Differences between the shop, its books and the model."""
        found: dict[str, object] = {**disagreements(self.database), **self._checks.disagreements()}
        for what, (shop, model) in self._sides().items():
            if shop != model:
                found[f"{what} differ"] = {"shop": shop, "model": model}
        return found

    @property
    def _checks(self) -> MoneyChecks:
        return MoneyChecks(self.money, self.database)

    def _sides(self) -> dict[str, tuple[object, object]]:
        products, orders = self.model.products.items(), self.model.orders.items()
        return {
            "products": (
                {row.pop("id"): tuple(row.values()) for row in self.database.rows(_PRODUCTS)},
                {
                    key: (each.price_minor, each.stock, each.threshold, each.version, each.archived)
                    for key, each in products
                },
            ),
            "ledgers": (
                {
                    (row["product_id"], row["kind"]): int(row["units"])
                    for row in self.database.rows(_LEDGER)
                    if row["units"]
                },
                {(key, kind): units for key, each in products for kind, units in each.moved.items() if units},
            ),
            "orders": (
                {row.pop("id"): tuple(row.values()) for row in self.database.rows(_ORDERS)},
                {key: (each.user_id, each.status, each.payment_status, each.version) for key, each in orders},
            ),
            "returned units, with pending refunds": (
                {(row["order_id"], row["product_id"]): row["returned"] for row in self.database.rows(_RETURNED)},
                {
                    (key, product_id): units
                    for key, order in orders
                    for product_id, units in self._returned(key).items()
                },
            ),
            "events": (
                {(row["type"], row["aggregate"]): row["count"] for row in self.database.rows(_EVENTS)},
                dict(self.model.events),
            ),
        }

    def _returned(self, order_id: int) -> Counter[int]:
        order = self.model.orders[order_id]
        return +order.back if order.ended else order.back + self.money.reserved(order_id)

    def _stale_by(self, events: range) -> set[int]:
        rows = self.database.rows(_DETAILS, {"first": events.start, "end": events.stop})
        return {each for row in rows for each in _stale(row["type"], row["detail"])}

    def _new(self, sql: str, known: Collection[int]) -> int:
        [found] = [int(row["id"]) for row in self.database.rows(sql) if row["id"] not in known]
        return found

    def _last_row(self) -> int:
        return int(self.database.rows(_LAST_ROW)[0]["id"])

    def _load(self, product_id: int) -> RenderedResponse | None:
        return render_product(product_id, ProductQueries(self.database))


def _received(event_type: str, detail: str) -> ReceivedEvent:
    return read_event(json.dumps({"detail-type": event_type, "detail": json.loads(detail)}))


def _stale(event_type: str, detail: str) -> list[int]:
    return stale_products(_received(event_type, detail)) if event_type in EVENTS else []
