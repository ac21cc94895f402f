"""Every write by staff or an API key adds one row to the audit log, in the transaction of the change.

Each row of a table is a write and the row that it adds: action, entity, its id, and the changed fields.
"""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from microshop.audit.repository import AuditLog
from microshop.errors import NotFound, Unavailable
from microshop.idempotency.key import idempotency_key
from microshop.operations.switching import switch_read_only
from microshop.operations.unit_of_work import OperationsUnitOfWork
from microshop.order_notes.noting import add_note, list_notes
from microshop.order_notes.unit_of_work import OrderNotesUnitOfWork
from microshop.read_only import ReadOnlySwitch
from microshop.scopes import EVERYTHING, READ_ORDERS, REFUND, WRITE_STOCK
from microshop.staff.granting import change_roles, disable, enable
from microshop.staff.role_managing import change_role, create_role, delete_role
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.sessions import Sessions
from microshop.versions import ExpectedVersion
from tests.support import use_cases as do
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_customer, placed_order_id
from tests.support.payments import Till
from tests.support.product_builders import some_details
from tests.support.records import count, stock_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis

type Written = tuple[str, str, int | None, dict[str, Any]]


@pytest.fixture
def rows(database: Database) -> AuditRows:
    return AuditRows(database)


@pytest.fixture
def failing_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every later transaction fail after its audit row, so that it rolls back."""

    def fail() -> None:
        record = AuditLog.record

        def record_and_fail(*arguments: Any) -> None:
            record(*arguments)
            raise _RolledBackError

        monkeypatch.setattr(AuditLog, "record", record_and_fail)

    return fail


class _RolledBackError(Exception):
    pass


def _written(rows: AuditRows) -> list[Written]:
    return [(row["action"], row["entity"], row["entity_id"], row["changes"]) for row in rows.take()]


def test_writes_to_the_catalogue_are_audited(database: Database, admin: Caller, rows: AuditRows) -> None:
    details = some_details(sku="TEA-1", name="Tea", price_minor=1900)
    created = {
        name: [None, list(value) if isinstance(value, tuple) else value]
        for name, value in details.as_dict().items()
        if value is not None
    }

    product_id = do.create(database, admin, details, stock=5)
    assert _written(rows) == [("product.create", "product", product_id, {**created, "stock": [None, 5]})]

    do.update(database, product_id, replace(details, name="Green tea", price_minor=2100), 1)
    changed = {"name": ["Tea", "Green tea"], "price_minor": [1900, 2100]}
    assert _written(rows) == [("product.update", "product", product_id, changed)]

    do.adjust(database, admin, product_id, -2, reason="Mrs Smith dropped them")
    adjusted = {"stock": [5, 3], "kind": [None, "adjusted"], "reason": None}
    assert _written(rows) == [("stock.adjust", "product", product_id, adjusted)]

    do.archive(database, product_id)
    assert _written(rows) == [("product.archive", "product", product_id, {"archived": [False, True]})]


def test_unchanged_threshold_of_an_update_is_not_recorded(database: Database, admin: Caller, rows: AuditRows) -> None:
    details = some_details(low_stock_threshold=7)
    product_id = do.create(database, admin, details)
    rows.take()

    do.update(database, product_id, replace(details, low_stock_threshold=None), 1)
    do.update(database, product_id, replace(details, low_stock_threshold=9), 2)

    assert [row[3] for row in _written(rows)] == [{}, {"low_stock_threshold": [7, 9]}]


def test_writes_to_orders_are_audited(database: Database, admin: Caller, customer: Caller, rows: AuditRows) -> None:
    product_id = put_on_sale(database, price_minor=2000, stock=100)
    order_id = placed_order_id(database, customer, (product_id, 1), payment_method="card")

    do.confirm(database, admin, order_id, reference="transfer of Ada Lovelace")
    confirmed = {
        "status": ["pending", "confirmed"],
        "payment_status": ["unpaid", "paid"],
        "captured_minor": [0, 2490],
        "reference": None,
    }
    assert _written(rows) == [("order.confirm", "order", order_id, confirmed)]

    do.ship(database, admin, order_id)
    shipped = {"status": ["confirmed", "shipped"], "carrier": [None, "DHL"], "tracking_number": None}
    assert _written(rows) == [("order.ship", "order", order_id, shipped)]

    do.correct(database, admin, order_id, tracking_number="17")
    assert _written(rows) == [("order.correct_shipment", "order", order_id, {"tracking_number": None})]
    do.correct(database, admin, order_id, tracking_number="17")
    assert _written(rows) == []

    do.return_parcel(database, admin, order_id, reason="not at home")
    returned = {"status": ["shipped", "returned"], "reason": None}
    assert _written(rows) == [("order.return", "order", order_id, returned)]

    do.settle(database, admin, order_id, 1000)
    settled = {"return_refund_minor": [None, 1000], "reason": None}
    assert _written(rows) == [("order.settle_return", "order", order_id, settled)]
    do.settle(database, admin, order_id, 1000)
    assert _written(rows) == []

    cash = do.place_and_ship(database, customer, admin, (product_id, 1))
    rows.take()
    do.deliver(database, admin, cash)
    delivered = {
        "status": ["shipped", "delivered"],
        "payment_status": ["unpaid", "paid"],
        "captured_minor": [0, 2490],
    }
    assert _written(rows) == [("order.deliver", "order", cash, delivered)]


def test_note_is_audited_once_per_key_without_its_text(database: Database, admin: Caller, customer: Caller) -> None:
    order_id, uow = placed_order_id(database, customer), OrderNotesUnitOfWork(database)
    key = idempotency_key(admin.user_id, ["note"], "POST /api/v1/admin/orders/{id}/notes", order_id)
    rows = AuditRows(database)

    first, second = (add_note(admin, order_id, "Mrs Smith called", key, uow) for _ in range(2))

    assert first == second
    assert list_notes(order_id, uow) == [first]
    assert _written(rows) == [("order.add_note", "order", order_id, {"note_id": [None, first.id], "text": None})]
    with pytest.raises(NotFound):
        add_note(admin, 1, "no such order", None, uow)
    with pytest.raises(NotFound):
        list_notes(1, uow)


def test_the_row_of_the_read_only_switch_is_written_before_its_effect(
    database: Database, redis: Redis, admin: Caller, rows: AuditRows
) -> None:
    switch = ReadOnlySwitch(redis)
    away = Mock(state=switch.state, turn_on=Mock(side_effect=Unavailable("redis", "TimeoutError")))

    with pytest.raises(Unavailable):
        switch_read_only(admin, "maintenance", away, OperationsUnitOfWork(database))

    assert _written(rows) == [("shop.make_read_only", "shop", None, {"read_only": [False, True], "reason": None})]


def test_only_another_person_or_a_key_cancels_with_an_audit_row(
    database: Database, admin: Caller, customer: Caller, rows: AuditRows
) -> None:
    def cancelled_by(caller: Caller) -> tuple[int, list[Written]]:
        order_id = placed_order_id(database, customer, payment_method="card")
        rows.take()
        do.cancel(database, caller, order_id, "changed my mind")
        return order_id, _written(rows)

    changes = {"status": ["pending", "cancelled"], "reason": None}
    key = replace(customer, key_id=3, scopes=EVERYTHING)

    assert cancelled_by(customer)[1] == []
    assert cancelled_by(replace(customer, scopes=EVERYTHING))[1] == []
    for caller in (admin, key):
        order_id, written = cancelled_by(caller)
        assert written == [("order.cancel", "order", order_id, changes)]


def test_requested_refund_is_audited_once_per_key(database: Database) -> None:
    till = Till.open(database)
    product_id = put_on_sale(database, stock=10)
    order_id = till.place_and_pay((product_id, 3))
    rows = AuditRows(database)

    refunds = [till.refund(order_id, 500, restock=[(product_id, 1)], key=till.key("k", order_id)) for _ in range(2)]

    assert refunds[0].id == refunds[1].id
    changes = {
        "refund_id": [None, refunds[0].id],
        "amount_minor": [None, 500],
        "restock": [None, [[product_id, 1]]],
        "reason": None,
    }
    assert _written(rows) == [("order.refund", "order", order_id, changes)]


def test_changed_roles_are_audited(database: Database, redis: Redis, admin: Caller, rows: AuditRows) -> None:
    database.execute("INSERT INTO user_roles (user_id, role_id) VALUES (%(id)s, 1)", {"id": admin.user_id})
    user_id = a_customer(database).user_id

    sessions, uow = Sessions(redis), StaffUnitOfWork(database, redis)

    change_roles(admin, user_id, {3, 2}, sessions, uow)
    assert _written(rows) == [("staff.change_roles", "user", user_id, {"role_ids": [[], [2, 3]]})]

    for _ in range(2):
        disable(admin, user_id, sessions, uow)
    assert _written(rows) == [("staff.disable", "user", user_id, {"disabled": [False, True]})]

    for _ in range(2):
        enable(admin, user_id, uow)
    assert _written(rows) == [("staff.enable", "user", user_id, {"disabled": [True, False]})]


def test_changes_of_roles_themselves_are_audited(
    database: Database, redis: Redis, admin: Caller, rows: AuditRows
) -> None:
    database.execute("INSERT INTO user_roles (user_id, role_id) VALUES (%(id)s, 1)", {"id": admin.user_id})
    uow, expected = StaffUnitOfWork(database, redis), ExpectedVersion(1)

    role = create_role(admin, "florist", {WRITE_STOCK, READ_ORDERS}, uow)
    made = {"name": [None, "florist"], "scopes": [None, ["read_orders", "write_stock"]]}
    assert _written(rows) == [("role.create", "role", role.id, made)]

    change_role(admin, role.id, expected, name="florist", scopes={REFUND}, sessions=Sessions(redis), uow=uow)
    changed = {"scopes": [["read_orders", "write_stock"], ["refund"]]}
    assert _written(rows) == [("role.change", "role", role.id, changed)]

    delete_role(admin, role.id, uow)
    gone = {"name": ["florist", None], "scopes": [["refund"], None]}
    assert _written(rows) == [("role.delete", "role", role.id, gone)]


def test_repeated_request_adds_no_second_row(database: Database, admin: Caller, rows: AuditRows) -> None:
    details = some_details()

    first, second = (do.create(database, admin, details, key="create") for _ in range(2))
    for _ in range(2):
        do.adjust(database, admin, first, 1, key="adjust")

    assert first == second
    assert [row[0] for row in _written(rows)] == ["product.create", "stock.adjust"]


def test_row_names_the_person_the_key_and_the_request(database: Database, rows: AuditRows) -> None:
    caller = replace(a_caller(user_id=5, scopes=EVERYTHING), key_id=9, request_id="a-request")

    do.create(database, caller, some_details())

    [row] = rows.take()
    assert (row["user_id"], row["key_id"], row["request_id"]) == (5, 9, "a-request")


def test_customers_who_place_and_pay_leave_no_row(database: Database) -> None:
    till = Till.open(database)
    product_id = put_on_sale(database, stock=10)
    rows = AuditRows(database)

    till.place_and_pay((product_id, 1))

    assert rows.take() == []


def test_refused_change_leaves_no_row(database: Database, admin: Caller, kettle: int, rows: AuditRows) -> None:
    with pytest.raises(Exception, match="cannot become"):
        do.adjust(database, admin, kettle, -11)

    assert rows.take() == []


def test_change_and_row_are_rolled_back_together(
    database: Database, admin: Caller, customer: Caller, kettle: int, failing_log: Callable[[], None]
) -> None:
    order_id = placed_order_id(database, customer, (kettle, 1), payment_method="card")
    rows = AuditRows(database)
    before = stock_of(database, kettle), count(database, "order_history")
    failing_log()

    for write in (
        lambda: do.create(database, admin, some_details()),
        lambda: do.update(database, kettle, some_details(), 1),
        lambda: do.archive(database, kettle),
        lambda: do.adjust(database, admin, kettle, 1),
        lambda: do.confirm(database, admin, order_id),
        lambda: do.cancel(database, admin, order_id),
    ):
        with pytest.raises(_RolledBackError):
            write()

    assert rows.take() == []
    assert (stock_of(database, kettle), count(database, "order_history")) == before
    assert count(database, "products") == 1
