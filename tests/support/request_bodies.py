"""Valid bodies of every request model: the examples of the description, and bodies with their missing fields."""

from datetime import UTC, date, datetime
from typing import Any

from microshop.cursors import encode as encode_customers
from microshop.customers.customer import CustomerSearch
from microshop.exports.period import Period, Progress, RowPosition, encode_cursor
from microshop.schemas import RequestModel
from tests.support.api_description import operations
from tools.documents.declared import classes

MODELS = {
    kind.__name__: kind for kind in classes("schemas") if issubclass(kind, RequestModel) and kind is not RequestModel
}
ITEM = {"product_id": 42, "quantity": 2}
# In a country where all fields are optional; tests/unit/orders/test_countries.py tests the other rules.
ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "street2": "Flat 3",
    "city": "St. John's",
    "region": "Antigua",
    "postal_code": "SW1Y 4JH",
    "country": "AG",
    "phone": "+44 20 5555 0100",
}
_SECOND_FILE = encode_cursor(
    Period("orders", date(2026, 1, 1), date(2026, 1, 31), UTC),
    Progress(2, RowPosition(datetime(2026, 1, 7, tzinfo=UTC), 4097), datetime(2026, 2, 1, tzinfo=UTC)),
)
_TEXT = {"name": "Linen shirt", "description": "Light."}
_RED = {"code": "red", "name": {"en": "Red"}}
_COLOR = {"code": "color", "name": {"en": "Colour"}, "values": [_RED]}
_VARIANT = {
    "sku": "LS-RED",
    "options": {"color": "red"},
    "price": "49.90",
    "stock": 12,
    "low_stock_threshold": 3,
    "image_urls": ["https://img.example.com/1.jpg"],
}
# Parts of bodies, and fields that no example of the description has.
_MORE: dict[str, dict[str, Any]] = {
    "OrderItem": ITEM,
    "PostalAddress": ADDRESS,
    "RegisterRequest": {"username": "Ada", "email": "ada@example.com", "password": "correct horse", "language": "zh"},
    "AdjustStockRequest": {"delta": 2, "reason": "found behind the shelf", "kind": "adjusted"},
    "PlaceOrderRequest": {"items": [ITEM, {**ITEM, "product_id": 7}], "address": ADDRESS, "payment_method": "card"},
    "AddAddressRequest": {"address": ADDRESS, "is_default": True},
    "ChangeAddressRequest": {"address": ADDRESS, "is_default": False, "version": 1},
    "SearchCustomersRequest": {"limit": 50, "cursor": encode_customers(["", 17], CustomerSearch())},
    "SetOrderStatusRequest": {"status": "delivered", "carrier": "", "tracking_number": ""},
    "RefundOrderRequest": {"amount": 19.9, "restock": [ITEM]},
    "SentListingText": _TEXT,
    "SentOptionValue": _RED,
    "SentOption": _COLOR,
    "SentVariant": _VARIANT,
    "SentCategoryText": {"name": "Shoes"},
    "AddCategoryRequest": {"texts": {"en": {"name": "Shoes"}}, "slug": "shoes"},
    "MoveCategoryRequest": {"parent_id": 3, "position": 2, "version": 1},
    "CreateListingRequest": {
        "texts": {"en": _TEXT},
        "category_ids": [3],
        "options": [_COLOR],
        "variants": [_VARIANT],
        "slug": "linen-shirt",
        "image_urls": ["https://img.example.com/1.jpg"],
    },
    "UpdateListingRequest": {
        "texts": {"en": _TEXT},
        "category_ids": [3],
        "image_urls": ["https://img.example.com/1.jpg"],
        "version": 1,
    },
    "AddVariantRequest": _VARIANT,
    "UpdateVariantRequest": {
        "sku": "LS-RED",
        "price": "39.90",
        "low_stock_threshold": 3,
        "image_urls": [],
        "version": 1,
    },
    "SentPriceChange": {"id": 42, "price": "39.90", "version": 1},
    "SentStockChange": {"id": 42, "delta": -2},
    "CreateExportRequest": {"kind": "orders", "from": "2026-01-01", "to": "2026-01-31", "cursor": _SECOND_FILE},
}


def _bodies() -> dict[str, list[dict[str, Any]]]:
    described = {found.body_name: found.example_bodies for found in operations() if "requestBody" in found.description}
    return {name: [*described.get(name, ()), *([_MORE[name]] if name in _MORE else ())] for name in MODELS}


BODIES = _bodies()
