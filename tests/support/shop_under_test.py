"""The shop on its real servers beside the model of it, with workers that are cut off and events that come again."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from microshop.caller import Caller
from microshop.errors import Conflict, PaymentRefused, ShopError, Unavailable
from microshop.messaging.event import ReceivedEvent, read_event
from microshop.messaging.inbox import Inbox
from microshop.messaging.once import once
from microshop.messaging.outbox import OutboxRow
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.products.cache import ProductCache
from microshop.products.product import RenderedProduct
from microshop.products.queries import ProductQueries
from microshop.products.reading import render_product
from microshop.products.stale_products import EVENTS, stale_products
from tests.support.books import disagreements
from tests.support.buses import RecordingBus
from tests.support.failing_database import FailingDatabase, Intrusion
from tests.support.model_shop import ModelShop
from tests.support.money_checks import MoneyChecks, is_justified
from tests.support.money_under_test import MoneyUnderTest
from tests.support.orders import a_customer
from tests.support.tables import empty
from tests.support.told_changes import changes_in
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
    """What became of a use case: whether it has happened, the rows of its events, its answer unless that was lost."""

    events: range
    done: bool
    lost: bool = False
    answer: Any = None


class ShopUnderTest:
    """An empty shop. `worker` is the connection of whoever changes it, `intruder` of who gets in between.

    `database` only looks.
    """

    def __init__(self, database: Database, worker: FailingDatabase, intruder: Database, redis: Redis) -> None:
        empty(database)
        redis.command("FLUSHDB")
        self.database, self.worker, self.intruder = database, worker, intruder
        self.model, self.bus, self.money = ModelShop(), RecordingBus(), MoneyUnderTest(database)
        self.admin, self.customers = an_admin(database), [a_customer(database) for _ in range(2)]
        self._cache = ProductCache(redis)
        # Product → the events of the last change of which the cache has not heard.
        self._perhaps_stale: dict[int, range] = {}
        self._reactions: Counter[str] = Counter()

    def do(
        self,
        lost_after: int | None,
        use_case: Callable[[], object],
        refused_as: type[ShopError] | None = None,
        *,
        failure: Failure | None = None,
        intrusion: Intrusion | None = None,
        may_be_refused: bool = False,
    ) -> Outcome:
        """Run a use case, which must be refused as the model says unless it is cut off or others got in between."""
        provider = self.money.provider
        self.worker.begin_use_case(lost_after, intrusion)
        provider.begin_use_case(failure)
        last_row = self._last_row()
        refusal: ShopError | None = None
        answer: object = None
        try:
            answer = use_case()
        except ShopError as error:
            refusal = error
        provider.begin_use_case(None)
        provider.find_news()
        events = range(last_row + 1, self._last_row() + 1)
        if isinstance(refusal, Unavailable):
            assert lost_after is not None or failure is not None, refusal
            return Outcome(events, self.worker.committed, lost=True)
        if isinstance(refusal, PaymentRefused):
            assert failure is not None, refusal
        elif not ((self.worker.intruded or may_be_refused) and (refusal is None or isinstance(refusal, Conflict))):
            assert (None if refusal is None else type(refusal)) is refused_as, (refusal, refused_as)
        return Outcome(events, self.worker.committed, answer=answer)

    def owner_of(self, order_id: int) -> Caller:
        """Whose order it is."""
        return next(each for each in self.customers if each.user_id == self.model.orders[order_id].user_id)

    def follow(self, outcome: Outcome, *, forgets: bool = False) -> None:
        """Have the model go through what orders have gone through.

        An endpoint that `forgets` tells the cache after its commit; what else changes stock leaves it to the events.
        """
        for told in changes_in(outcome.events, self.database):
            assert is_justified(told.action, told.order_id, self.money), told
            self.model.change(told)
        stale = self._stale_by(outcome.events)
        if forgets and not outcome.lost:
            self._cache.invalidate(*stale)
        else:
            self._perhaps_stale.update(dict.fromkeys(stale, outcome.events))

    def changed(self, outcome: Outcome, product_ids: Iterable[int]) -> None:
        """What an endpoint does after its commit. Its events name the same products, should it not live to do it."""
        assert self._stale_by(outcome.events) == set(product_ids)
        if outcome.lost:
            self._perhaps_stale.update(dict.fromkeys(product_ids, outcome.events))
        else:
            self._cache.invalidate(*product_ids)

    def new_product(self) -> int:
        """The id of the product that the model does not know yet."""
        return self._new(_PRODUCTS, self.model.products)

    def new_order(self) -> int:
        """The id of the order that the model does not know yet."""
        return self._new(_ORDERS, self.model.orders)

    def relay(self, lost_after: int | None, refused: Collection[int]) -> None:
        """Publish what is due; the bus refuses the entries at those places, and they are due again."""
        uow = OutboxUnitOfWork(self.worker)
        self.do(lost_after, lambda: relay_batch(lambda rows: self.bus.publish(rows, refused), uow))
        self.database.execute("UPDATE outbox SET next_attempt_at = created_at WHERE published_at IS NULL")

    def deliverable(self) -> list[OutboxRow]:
        """The events that were published and not reacted to, or all that were published if there are none."""
        return [row for row in self.bus.taken if row.event_id not in self._reactions] or self.bus.taken

    def deliver(self, row: OutboxRow, *, fails: bool = False) -> None:
        """Give an event to a consumer that reacts once to each, unless it fails, and to the one of the cache."""
        event = _received(row.type, row.detail)
        for product_id in _stale(row.type, row.detail):
            self._cache.invalidate(product_id)
            if row.id in self._perhaps_stale.get(product_id, ()):
                del self._perhaps_stale[product_id]

        def react() -> str:
            if fails:
                raise ConnectionError("the consumer fails")
            self._reactions[event.id] += 1
            return "reacted"

        try:
            once(event, claim_seconds=60, inbox=Inbox(self.database, "a_consumer"), act=react)
        except ConnectionError:
            assert fails

    def shown(self, product_id: int) -> tuple[str | None, str | None]:
        """The product as the cache shows it, and as it is; the same twice where it may be stale."""
        is_now = self._load(product_id)
        cached = self._cache.get(product_id, lambda: is_now)
        seen, true = cached.body if cached else None, is_now.body if is_now else None
        return (true, true) if product_id in self._perhaps_stale else (seen, true)

    def settle(self) -> None:
        """Publish and deliver every event until nothing is left to do."""
        self.bus.take_all(self.database)
        for row in self.bus.taken:
            self.deliver(row)

    def unsettled(self) -> dict[str, object]:
        """What is not as it must be once every event was published and delivered."""
        told = {row["event_id"] for row in self.database.rows("SELECT event_id FROM outbox")}
        found = {
            "never published": told - set(self.bus.event_ids),
            "published without a cause": set(self.bus.event_ids) - told,
            "not reacted to once": told ^ {event for event, times in self._reactions.items() if times == 1},
            "perhaps stale": self._perhaps_stale,
            "changed by repetitions": self.money.changed_by_repetitions(),
            **self._checks.unsettled(),
        }
        return {what: where for what, where in found.items() if where}

    def disagreements(self) -> dict[str, object]:
        """Where the shop is not what its own books or the model say."""
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
            "units that came back or are to come back": (
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

    def _load(self, product_id: int) -> RenderedProduct | None:
        return render_product(product_id, ProductQueries(self.database))


def _received(event_type: str, detail: str) -> ReceivedEvent:
    return read_event(json.dumps({"detail-type": event_type, "detail": json.loads(detail)}))


def _stale(event_type: str, detail: str) -> list[int]:
    return stale_products(_received(event_type, detail)) if event_type in EVENTS else []
