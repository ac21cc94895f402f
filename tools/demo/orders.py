"""The demo orders, in every state that needs no payment provider. The shop's use cases create them."""

from dataclasses import dataclass
from datetime import timedelta

from microshop.caller import Caller
from microshop.errors import NotOnSale, OutOfStock
from microshop.orders.order import Address, PaymentMethod
from microshop.orders.placing import OrderRequest, OrderRules, place_order
from microshop.orders.placing_unit_of_work import PlacingUnitOfWork
from microshop.orders.pricing import Terms
from microshop.orders.requested_lines import merge_lines
from microshop.orders.returning import return_order
from microshop.orders.shipping import deliver_order, ship_order
from microshop.orders.updating import cancel_order, confirm_order
from microshop.payments.expiring import expire_order
from microshop.payments.payment import RequestedRefund
from microshop.payments.providers import provider
from microshop.payments.refunding import refund_order
from microshop.payments.unit_of_work import PaymentsUnitOfWork, orders_unit_of_work
from microshop.platform.mysql import Database
from microshop.scopes import EVERYTHING
from microshop.users.repository import UserRepository

_CASEY: Address = "Casey Customer\n12 Harbour Street\nPortland, ME 04101\nUSA"
_NOOR: Address = {
    "recipient": "Noor Haddad",
    "street": "Torstraße 12",
    "city": "Berlin",
    "postal_code": "10119",
    "country": "DE",
}
_XIAOYU: Address = {
    "recipient": "李小雨",
    "street": "人民路 8 号",
    "city": "上海",
    "region": "上海市",
    "postal_code": "200001",
    "country": "CN",
    "phone": "+86 21 5555 0100",
}


_TERMS = Terms(490, 5000, 2000)  # the defaults of template.yaml
# Longer than the template's 30 minutes, so that demo orders do not expire.
_PAYMENT_PERIOD = timedelta(days=365)


@dataclass(frozen=True)
class _DemoOrder:
    email: str
    address: Address
    items: tuple[tuple[str, int], ...]  # SKU and quantity
    payment_method: PaymentMethod
    steps: tuple[str, ...] = ()


_ORDERS = (
    _DemoOrder("customer@example.com", _CASEY, (("COF-001", 2), ("MUG-001", 1)), "card"),
    _DemoOrder("customer@example.com", _CASEY, (("KET-003", 1),), "card", ("confirm", "ship", "deliver")),
    _DemoOrder("customer@example.com", _CASEY, (("NTB-001", 3), ("PEN-002", 1)), "card", ("cancel",)),
    _DemoOrder("customer@example.com", _CASEY, (("MUG-001", 2),), "card", ("expire",)),
    _DemoOrder("noor@example.com", _NOOR, (("LIN-003", 1), ("CND-002", 2)), "card", ("confirm",)),
    _DemoOrder("noor@example.com", _NOOR, (("CND-002", 1),), "card", ("confirm", "ship", "deliver", "refund")),
    _DemoOrder("noor@example.com", _NOOR, (("HPH-002", 1),), "cash_on_delivery"),
    _DemoOrder("xiaoyu@example.com", _XIAOYU, (("TEA-002", 4),), "cash_on_delivery", ("ship",)),
    _DemoOrder("xiaoyu@example.com", _XIAOYU, (("TNT-002", 1),), "cash_on_delivery", ("ship", "deliver")),
    _DemoOrder("xiaoyu@example.com", _XIAOYU, (("MUG-001", 2),), "cash_on_delivery", ("ship", "return")),
)


def load_orders(database: Database, currency: str, admin_email: str) -> int:
    """Create the demo orders in a shop without orders. Returns their number. The connection must send batches.

    Orders of products that the shop no longer has are left out.
    """
    if database.row("SELECT id FROM orders LIMIT 1"):
        return 0
    created = 0
    admin = Caller(_user_id(database, admin_email), session="", scopes=EVERYTHING)
    for order in _ORDERS:
        customer = Caller(_user_id(database, order.email), session="")
        payment_period = timedelta(0) if "expire" in order.steps else _PAYMENT_PERIOD
        rules = OrderRules(currency, _TERMS, payment_period, max_unpaid_orders=5, max_units=100)
        order_id = _place(database, customer, order, rules)
        if order_id is None:
            continue
        created += 1
        for step in order.steps:
            _take_step(step, order_id, customer, admin, database)
    return created


def _take_step(step: str, order_id: int, customer: Caller, admin: Caller, database: Database) -> None:
    uow = orders_unit_of_work(database)
    match step:
        case "confirm":
            confirm_order(admin, order_id, f"bank transfer {order_id}", uow)
        case "ship":
            ship_order(admin, order_id, "DHL", f"JD{order_id}", uow)
        case "deliver":
            deliver_order(admin, order_id, uow)
        case "return":
            return_order(admin, order_id, [], "not collected", uow)
        case "refund":
            wanted = RequestedRefund("5.00", "the wax was cracked")
            refund_order(admin, order_id, wanted, None, find_provider=provider, uow=PaymentsUnitOfWork(database))
        case "expire":
            expire_order(order_id, provider, PaymentsUnitOfWork(database))
        case "cancel":
            cancel_order(customer, order_id, "changed my mind", uow)


def _place(database: Database, customer: Caller, order: _DemoOrder, rules: OrderRules) -> int | None:
    ids = {row["sku"]: row["id"] for row in database.rows("SELECT id, sku FROM products")}
    items = [(ids.get(sku, 0), quantity) for sku, quantity in order.items]
    try:
        lines = merge_lines(items, "items.{}", "items.{}")
        wanted = OrderRequest(lines, order.address, order.payment_method)
        return place_order(customer, wanted, None, rules, PlacingUnitOfWork(database)).id
    except (NotOnSale, OutOfStock):
        return None


def _user_id(database: Database, email: str) -> int:
    user = UserRepository(database).by_email(email)
    if user is None:
        raise LookupError(f"the demo data has no account of {email}")
    return user.id
