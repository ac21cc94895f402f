"""Events in any order and twice have the same effect on mails, metrics and cache (decision 15)."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from microshop.orders import shipping, updating
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import EVERYTHING
from tests.support.builders import a_batch, a_caller, a_message, an_execution
from tests.support.catalogue import put_on_sale
from tests.support.consumers import handled
from tests.support.fakes import FakePostbox
from tests.support.functions import forget_connections, load_function
from tests.support.orders import a_customer, place
from tests.support.output import Output, dimensions_of, send_logs_to_captured_output

type Message = dict[str, Any]
type Outcome = tuple[Counter[tuple[str, str]], dict[tuple[str, ...], float], list[bytes]]

_ADMIN = a_caller(user_id=1, scopes=EVERYTHING)


class _Consumers:
    """Every deployed consumer, without SES."""

    def __init__(self, database: Database, redis: Redis, capsys: pytest.CaptureFixture[str]) -> None:
        self._database, self._redis, self._capsys = database, redis, capsys
        self._postbox = FakePostbox()
        self._modules = {name: self._load(name) for name in handled()}

    def _load(self, name: str) -> ModuleType:
        module = load_function(f"consumers/{name}")
        if hasattr(module, "send_mail"):
            module.send_mail = lambda _sender, recipient, mail: self._postbox.send(recipient, mail)  # type: ignore[attr-defined]
        return module

    def outcome_of(self, messages: Sequence[tuple[str, Message]]) -> Outcome:
        """Deliver the messages to a shop without earlier ones. Returns mails, sums of metrics and cached products."""
        self._database.execute("DELETE FROM inbox")
        self._postbox.sent.clear()
        output = Output(self._capsys)
        products = [row["id"] for row in self._database.rows("SELECT id FROM products")]
        self._redis.pipeline(*(("SET", f"product:{{{product_id}}}", "stale") for product_id in products))
        for name, module in self._modules.items():
            batch = a_batch(*(message for event_type, message in messages if event_type in handled()[name]))
            assert module.handler(batch, an_execution()) == {"batchItemFailures": []}
        cached = self._redis.command("KEYS", "product:*")
        assert isinstance(cached, list)
        return self._mails(), _sums(output), sorted(key for key in cached if isinstance(key, bytes))

    def _mails(self) -> Counter[tuple[str, str]]:
        return Counter((recipient, mail.subject + mail.text) for recipient, mail in self._postbox.sent)


def _sums(output: Output) -> dict[tuple[str, ...], float]:
    sums = Counter[tuple[str, ...]]()
    for line in output.metrics:
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            key = (metric["Name"], *(value for name, value in dimensions_of(line).items() if name != "service"))
            sums[key] += round(sum(line[metric["Name"]]) * 100)
    return {key: hundredths / 100 for key, hundredths in sums.items()}


@pytest.fixture
def deployed(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of functions, as in a new execution environment."""
    variables = {
        "STAGE": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MAIL_SENDER": "shop@example.com",
        "OPERATOR_EMAIL": "operator@example.com",
        "CURRENCY": "USD",
        "LANGUAGES": "en,zh",
        "SHOP_NAME": "microshop",
        "STOREFRONT_URL": "",
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": "microshop",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    send_logs_to_captured_output(monkeypatch)
    forget_connections()
    yield
    forget_connections()


@pytest.fixture
def consumers(database: Database, redis: Redis, deployed: None, capsys: pytest.CaptureFixture[str]) -> _Consumers:
    return _Consumers(database, redis, capsys)


def _delivered_order(database: Database) -> None:
    """Write the events of an order that is paid, shipped and delivered; one product falls below its threshold."""
    kettle = put_on_sale(database, name="Kettle", price_minor=1999, stock=11, low_stock_threshold=10)
    cup = put_on_sale(database, name="Cup", price_minor=500, stock=100)
    order_id = place(database, a_customer(database), [(kettle, 2), (cup, 3)])["order_id"]
    updating.confirm_order(_ADMIN, order_id, "transfer 17", orders_unit_of_work(database))
    shipping.ship_order(_ADMIN, order_id, "DHL", "0034", orders_unit_of_work(database))
    shipping.deliver_order(_ADMIN, order_id, orders_unit_of_work(database))


def _cancelled_order(database: Database, *, paid: bool) -> None:
    """Write the events of an order that is cancelled before it is shipped."""
    spoon = put_on_sale(database, name="Spoon", price_minor=250, stock=50)
    customer = a_customer(database)
    order_id = place(database, customer, [(spoon, 4)])["order_id"]
    if paid:
        updating.confirm_order(_ADMIN, order_id, "transfer 18", orders_unit_of_work(database))
    updating.cancel_order(customer, order_id, None, orders_unit_of_work(database))


def _published(database: Database) -> list[tuple[str, Message]]:
    """Returns every event in the order of the outbox, as the message of a queue."""
    return [
        (row["type"], a_message(body=json.dumps({"detail-type": row["type"], "detail": json.loads(row["detail"])})))
        for row in database.rows("SELECT type, detail FROM outbox ORDER BY id")
    ]


def test_events_of_an_order_have_the_same_effect_in_every_order_and_twice(
    database: Database, database_url: str, consumers: _Consumers
) -> None:
    _delivered_order(database)
    events = _published(database)

    sent, sums, cached = consumers.outcome_of(events)

    assert sorted(kind for kind, _ in events) == [
        "OrderConfirmed",
        "OrderCreated",
        "OrderDelivered",
        "OrderShipped",
        "StockLow",
    ]
    assert (sent.total(), set(sent.values()), cached) == (5, {1}, [])
    assert sums == {
        ("orders_processed_total", "pending"): 1,
        ("orders_processed_total", "confirmed"): 1,
        ("orders_processed_total", "shipped"): 1,
        ("orders_processed_total", "delivered"): 1,
        ("order_revenue", "USD"): 54.98,
        ("units_sold",): 5,
        ("product_stock_level",): 9,
    }
    low = [event for event in events if event[0] == "StockLow"]
    for mixed in itertools.permutations(event for event in events if event not in low):
        assert consumers.outcome_of([*mixed, *low, *low, *mixed]) == (sent, sums, cached)


def test_shuffled_events_of_several_orders_have_the_same_effect(
    database: Database, database_url: str, consumers: _Consumers
) -> None:
    _delivered_order(database)
    _cancelled_order(database, paid=True)
    _cancelled_order(database, paid=False)
    events = _published(database)

    expected = consumers.outcome_of(events)

    sent, sums, cached = expected
    assert (sent.total(), set(sent.values()), cached) == (10, {1}, [])
    assert sums["cancelled_revenue", "USD"] == 14.9
    assert (sums["units_sold",], sums["units_returned",]) == (9, 8)
    for seed in range(20):
        mixed = [*events, *events]
        random.Random(seed).shuffle(mixed)
        assert consumers.outcome_of(mixed) == expected, f"seed {seed}"
