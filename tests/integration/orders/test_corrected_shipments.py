"""Corrections of the carrier and tracking number of a shipped order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microshop.errors import (
    PreconditionFailed,
    PreconditionRequired,
    VersionConflict,
    WrongOrderState,
)
from microshop.orders.order import Order
from microshop.orders.queries import OrderQueries
from microshop.orders.shipping import correct_shipment
from microshop.payments.unit_of_work import orders_unit_of_work
from microshop.versions import ExpectedVersion, expected_version
from tests.support.records import event_types, events_of
from tests.support.threads import at_once
from tests.support.use_cases import correct, deliver, place_and_ship, return_parcel

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect


def test_a_corrected_shipment_has_a_history_entry_and_an_event(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = place_and_ship(database, customer, admin)

    order = correct(database, admin, order_id, tracking_number="00340435")

    assert (order.status, order.carrier, order.tracking_number, order.version) == ("shipped", "DHL", "00340435", 3)
    entry = OrderQueries(database).history(order_id)[-1]
    assert (entry.action, entry.note, entry.actor) == ("shipment_corrected", "DHL 00340435", "admin")
    kind, data = events_of(database, f"order:{order_id}")[-1]
    assert (kind, data["carrier"], data["tracking_number"]) == ("OrderShipmentCorrected", "DHL", "00340435")


def test_correcting_a_shipment_to_the_same_values_changes_nothing(
    database: Database, admin: Caller, customer: Caller
) -> None:
    order_id = place_and_ship(database, customer, admin)

    order = correct(database, admin, order_id, "DHL", "00340434")

    assert order == OrderQueries(database).by_id(order_id, None)
    assert (order.version, event_types(database)["OrderShipmentCorrected"]) == (2, 0)


@pytest.mark.parametrize("step", [deliver, return_parcel])
def test_a_shipment_is_corrected_only_while_the_order_is_shipped(
    database: Database, admin: Caller, customer: Caller, step: object
) -> None:
    order_id = place_and_ship(database, customer, admin)
    step(database, admin, order_id)  # type: ignore[operator]

    with pytest.raises(WrongOrderState):
        correct(database, admin, order_id)


@pytest.mark.parametrize(
    ("expected", "refused_as"),
    [
        (ExpectedVersion(), PreconditionRequired),
        (ExpectedVersion(1), VersionConflict),
        (expected_version('"1", "3"'), PreconditionFailed),
    ],
)
def test_a_correction_requires_the_current_version(
    database: Database,
    admin: Caller,
    customer: Caller,
    *,
    expected: ExpectedVersion,
    refused_as: type[Exception],
) -> None:
    order_id = place_and_ship(database, customer, admin)

    with pytest.raises(refused_as):
        correct_shipment(admin, order_id, "UPS", None, expected=expected, uow=orders_unit_of_work(database))


def test_concurrent_corrections_of_one_version_happen_once(
    database: Database, connect: Connect, admin: Caller, customer: Caller
) -> None:
    order_id, connections = place_and_ship(database, customer, admin), [connect(), connect()]

    outcomes = at_once(2, lambda n: correct(connections[n], admin, order_id, tracking_number=f"1Z-{n}", version=2))

    assert {type(outcome) for outcome in outcomes} == {Order, VersionConflict}
    assert event_types(database)["OrderShipmentCorrected"] == 1
