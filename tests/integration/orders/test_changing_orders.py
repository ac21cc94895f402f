"""Cancelling, confirming, shipping and delivering orders on the real database, in every state and in races."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from microshop.caller import Caller
from microshop.errors import NotFound, TransactionConflict, WrongOrderState
from microshop.orders import reading
from microshop.orders.amounts import is_consistent
from microshop.orders.events import OrderCancelled, OrderShipped, order_fields, restocked_lines
from microshop.orders.history import Actor, Change
from microshop.orders.order import Order, PaymentMethod
from microshop.orders.queries import OrderQueries
from microshop.orders.states import CANCEL, PAYMENT_STATUSES, PAYMENT_STATUSES_OF, SHIP, STATUSES, State
from microshop.payments.unit_of_work import PaymentsUnitOfWork
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.connections import ConnectBatches
from tests.support.orders import a_customer, place
from tests.support.records import count, event_types, events_of, movements_of, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, archive, cancel, confirm, deliver, ship, take_back

type Action = Callable[[Database, Caller, int], Order]

_ACTIONS: dict[str, Action] = {
    "confirmed": confirm,
    "shipped": ship,
    "delivered": deliver,
    "returned": take_back,
    "cancelled": cancel,
}
# Each state that an order can reach so far: how it is paid, what leads there, and what may be done then.
_STATES: dict[State, tuple[PaymentMethod, list[str], set[str]]] = {
    ("pending", "unpaid"): ("card", [], {"confirmed", "cancelled"}),
    ("confirmed", "paid"): ("card", ["confirmed"], {"shipped", "cancelled"}),
    ("shipped", "paid"): ("card", ["confirmed", "shipped"], {"delivered", "returned"}),
    ("delivered", "paid"): ("card", ["confirmed", "shipped", "delivered"], set()),
    ("cancelled", "unpaid"): ("card", ["cancelled"], set()),
    ("cancelled", "paid"): ("card", ["confirmed", "cancelled"], set()),
    ("confirmed", "unpaid"): ("cash_on_delivery", [], {"shipped", "cancelled"}),
    ("shipped", "unpaid"): ("cash_on_delivery", ["shipped"], {"delivered", "returned"}),
    ("returned", "unpaid"): ("cash_on_delivery", ["shipped", "returned"], set()),
    ("returned", "paid"): ("card", ["confirmed", "shipped", "returned"], set()),
}


def _found(database: Database, order_id: int) -> Order:
    order = OrderQueries(database).by_id(order_id, None)
    assert order is not None
    return order


def _place(
    batching: Database, customer: Caller, *items: tuple[int, int], payment_method: PaymentMethod = "card"
) -> int:
    wanted = items or [(put_on_sale(batching, stock=10), 3)]
    return int(place(batching, customer, wanted, payment_method=payment_method)["order_id"])


def _everything(database: Database) -> list[object]:
    """All that a change of an order may change."""
    return [
        database.rows(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 - constants
        for table in ("orders", "order_history", "outbox", "stock_movements", "products")
    ]


@pytest.mark.parametrize("state", _STATES)
@pytest.mark.parametrize("action", _ACTIONS)
def test_an_order_can_do_only_what_its_state_allows(
    database: Database, batching: Database, admin: Caller, customer: Caller, *, state: State, action: str
) -> None:
    payment_method, way, allowed = _STATES[state]
    order_id = _place(batching, customer, payment_method=payment_method)
    for step in way:
        _ACTIONS[step](database, admin, order_id)
    assert _found(database, order_id).state == state
    before = _everything(database)

    if action in allowed:
        assert _ACTIONS[action](database, admin, order_id) == _found(database, order_id)
    else:
        with pytest.raises(WrongOrderState):
            _ACTIONS[action](database, admin, order_id)
        assert _everything(database) == before


def test_the_database_takes_the_pairs_of_the_table_and_no_others(
    database: Database, batching: Database, customer: Caller
) -> None:
    order_id, taken = _place(batching, customer), dict[str, set[str]]()

    for status in STATUSES:
        for payment_status in PAYMENT_STATUSES:
            if _takes(database, order_id, status, payment_status):
                taken.setdefault(status, set()).add(payment_status)

    assert taken == PAYMENT_STATUSES_OF


def test_the_database_takes_the_amounts_of_the_table_and_no_others(
    database: Database, batching: Database, customer: Caller
) -> None:
    order_id = _place(batching, customer)
    amounts = [(captured, refunded) for captured in (0, 100) for refunded in (-1, 0, 50, 100, 101)]

    for payment_status in PAYMENT_STATUSES:
        status = "pending" if payment_status == "processing" else "cancelled"
        for money in amounts:
            assert _takes(database, order_id, status, payment_status, money) == is_consistent(payment_status, *money)


# Captured and refunded amounts with which the payment status is true.
_MONEY = {"paid": (100, 0), "partially_refunded": (100, 50), "refunded": (100, 100)}


def _takes(
    database: Database, order_id: int, status: str, payment_status: str, money: tuple[int, int] | None = None
) -> bool:
    captured, refunded = money or _MONEY.get(payment_status, (0, 0))
    database.begin()
    try:
        database.execute(
            """
            UPDATE orders
            SET status = %(status)s,
                payment_status = %(payment_status)s,
                captured_minor = %(captured)s,
                refunded_minor = %(refunded)s
            WHERE id = %(id)s
            """,
            {
                "id": order_id,
                "status": status,
                "payment_status": payment_status,
                "captured": captured,
                "refunded": refunded,
            },
        )
    except ConstraintRefused:
        return False
    finally:
        database.rollback()
    return True


def test_a_cancelled_order_gives_every_unit_back_and_tells_why(
    database: Database, batching: Database, customer: Caller
) -> None:
    kettle, mug = put_on_sale(database, stock=5), put_on_sale(database, stock=9)
    order_id = _place(batching, customer, (mug, 4), (kettle, 2))

    order = cancel(database, customer, order_id, "changed my mind 😀")

    assert (stock_of(database, kettle), stock_of(database, mug)) == (5, 9)
    assert movements_of(database, mug) == [("received", 9), ("sold", -4), ("returned", 4)]
    assert (order.state, order.version, order.expires_at) == (("cancelled", "unpaid"), 2, None)
    [placed, cancelled] = OrderQueries(database).history(order_id)
    assert (placed.action, cancelled.action, cancelled.version) == ("placed", "cancelled", 2)
    assert (cancelled.actor, cancelled.actor_id, cancelled.note) == ("customer", customer.user_id, "changed my mind 😀")
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["previous_status"], data["order_version"]) == ("OrderCancelled", "pending", 2)


def test_stock_comes_back_of_a_product_that_is_off_sale_too(
    database: Database, batching: Database, customer: Caller
) -> None:
    product_id = put_on_sale(database, stock=5)
    order_id = _place(batching, customer, (product_id, 2))
    archive(database, product_id)

    cancel(database, customer, order_id)

    assert stock_of(database, product_id) == 5


def test_what_was_paid_offline_stays_paid_when_it_is_cancelled(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _place(batching, customer)
    confirm(database, admin, order_id)

    assert cancel(database, customer, order_id).state == ("cancelled", "paid")


def test_an_orders_way_to_its_customer_is_told_step_by_step(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _place(batching, customer)

    confirm(database, admin, order_id, "bank 17")
    ship(database, admin, order_id, "DHL", "00340434")
    deliver(database, admin, order_id)

    order, history = _found(database, order_id), OrderQueries(database).history(order_id)
    assert (order.payment_reference, order.carrier, order.tracking_number) == ("bank 17", "DHL", "00340434")
    assert (order.state, order.version, order.expires_at) == (("delivered", "paid"), 4, None)
    assert [(entry.action, entry.note, entry.actor) for entry in history] == [
        ("placed", None, "customer"),
        ("confirmed", "bank 17", "admin"),
        ("shipped", "DHL 00340434", "admin"),
        ("delivered", None, "admin"),
    ]
    events = events_of(database, f"order:{order_id}")
    assert [(kind, data["order_version"]) for kind, data in events] == [
        ("OrderCreated", 1),
        ("OrderConfirmed", 2),
        ("OrderShipped", 3),
        ("OrderDelivered", 4),
    ]
    assert (events[2][1]["carrier"], events[2][1]["tracking_number"]) == ("DHL", "00340434")


def test_the_longest_carrier_and_number_fit_their_history_entry(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _place(batching, customer, payment_method="cash_on_delivery")

    ship(database, admin, order_id, "字" * 64, "😀" * 64)

    assert OrderQueries(database).history(order_id)[-1].note == f"{'字' * 64} {'😀' * 64}"


@pytest.mark.parametrize("action", _ACTIONS.values(), ids=_ACTIONS)
def test_a_customer_does_not_even_find_the_order_of_another(
    database: Database, batching: Database, customer: Caller, action: Action
) -> None:
    order_id, stranger = _place(batching, a_customer(database)), customer
    before = _everything(database)

    with pytest.raises(NotFound):
        action(database, stranger, order_id)
    with pytest.raises(NotFound):
        reading.get_order(stranger, order_id, OrderQueries(database))
    with pytest.raises(NotFound):
        reading.get_history(stranger, order_id, OrderQueries(database))

    assert _everything(database) == before


@pytest.mark.parametrize("action", _ACTIONS.values(), ids=_ACTIONS)
def test_an_order_that_was_never_there_is_not_found(database: Database, admin: Caller, action: Action) -> None:
    with pytest.raises(NotFound):
        action(database, admin, 2**62)


def test_an_admin_may_cancel_anybodys_order_and_is_named_in_its_history(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _place(batching, customer)

    cancel(database, admin, order_id)

    entry = reading.get_history(admin, order_id, OrderQueries(database))[-1]
    assert (entry.actor, entry.actor_id) == ("admin", admin.user_id)


def _shipped(order: Order) -> Change:
    after = replace(order, status="shipped", version=order.version + 1, updated_at=order.updated_at + timedelta(1))
    event = OrderShipped(**order_fields(after), carrier="DHL", tracking_number="1")
    return Change(after, SHIP.action, Actor("admin", None), event)


def test_the_database_refuses_a_change_from_a_state_that_it_does_not_start_from(
    database: Database, batching: Database, customer: Caller
) -> None:
    order_id, before = _place(batching, customer), _everything(database)
    change = _shipped(replace(_found(database, order_id), payment_status="paid"))

    with pytest.raises(TransactionConflict), PaymentsUnitOfWork(database) as transaction:
        transaction.orders.change(change, SHIP)

    assert _everything(database) == before


def test_the_database_refuses_a_change_that_was_decided_on_an_older_version(
    database: Database, batching: Database, admin: Caller, customer: Caller
) -> None:
    order_id = _place(batching, customer)
    read = _found(database, order_id)
    confirm(database, admin, order_id)
    after = read.after(CANCEL, read.updated_at)
    event = OrderCancelled(
        **order_fields(after), previous_status=read.status, restocked=restocked_lines(read), dispute_status=None
    )
    change = Change(after, CANCEL.action, Actor("admin", None), event)

    with pytest.raises(TransactionConflict), PaymentsUnitOfWork(database) as transaction:
        transaction.orders.change(change, CANCEL)

    assert _found(database, order_id).state == ("confirmed", "paid")
    assert event_types(database) == {"OrderCreated": 1, "OrderConfirmed": 1}


def test_the_ledger_refuses_to_give_an_orders_stock_back_twice(
    database: Database, batching: Database, customer: Caller
) -> None:
    order_id = _place(batching, customer)
    order = _found(database, order_id)
    cancel(database, customer, order_id)

    with pytest.raises(DuplicateKey), PaymentsUnitOfWork(database) as transaction:
        transaction.stock.restock_order(order, None, "once more")


def test_cancelled_eight_times_at_once_an_order_gives_its_stock_back_once(
    database: Database, batching: Database, connect: Connect, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=10), [connect() for _ in range(8)]
    order_id = _place(batching, customer, (product_id, 3))

    outcomes = at_once(8, lambda n: cancel(connections[n], customer, order_id))

    assert sum(isinstance(outcome, WrongOrderState) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert (stock_of(database, product_id), count(database, "order_history")) == (10, 2)
    assert event_types(database)["OrderCancelled"] == 1


def test_no_order_is_both_cancelled_and_shipped(
    database: Database, batching: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=200), [connect(), connect()]
    shipped = 0

    for _ in range(50):
        order_id = _place(batching, customer, (product_id, 3), payment_method="cash_on_delivery")
        outcomes = _cancelled_and_shipped_at_once(connections, customer, admin, order_id)
        assert {type(outcome) for outcome in outcomes} == {Order, WrongOrderState}
        assert _found(database, order_id) in outcomes
        shipped += isinstance(outcomes[1], Order)

    assert stock_of(database, product_id) == 200 - 3 * shipped
    assert event_types(database)["OrderShipped"] == shipped


def _cancelled_and_shipped_at_once(
    connections: list[Database], customer: Caller, admin: Caller, order_id: int
) -> list[Order | Exception]:
    attempts = [lambda: cancel(connections[0], customer, order_id), lambda: ship(connections[1], admin, order_id)]
    return at_once(2, lambda number: attempts[number]())


def test_cancelling_and_buying_the_same_products_at_once_loses_and_makes_no_unit(
    database: Database, connect: Connect, connect_batches: ConnectBatches
) -> None:
    products = [put_on_sale(database, stock=40) for _ in range(3)]
    customers = [(connect_batches(), connect(), a_customer(database)) for _ in range(12)]

    def buy_and_cancel(number: int) -> None:
        batching, connection, customer = customers[number]
        for turn in range(4):
            first, second = products[(number + turn) % 3], products[(number + turn + 1) % 3]
            cancel(connection, customer, _place(batching, customer, (first, 1), (second, 1)))

    assert at_once(12, buy_and_cancel) == [None] * 12
    assert [stock_of(database, product) for product in products] == [40, 40, 40]


def test_cancelling_and_counting_stock_at_once_loses_and_makes_no_unit(
    database: Database, batching: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=40), [connect() for _ in range(16)]
    orders = [_place(batching, customer, (product_id, 2)) for _ in range(8)]

    outcomes = at_once(
        16,
        lambda n: (
            cancel(connections[n], customer, orders[n]) if n < 8 else adjust(connections[n], admin, product_id, -1)
        ),
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert stock_of(database, product_id) == 32
