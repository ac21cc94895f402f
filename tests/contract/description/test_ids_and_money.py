"""Ids and money have one form in every operation: decision 59."""

from tests.support.api_description import operations, resolved
from tests.support.described_shapes import NAMES_OF_MONEY, RECEIVED, SCHEMAS, SENT, answers_of, bodies_of, component_of
from tests.support.shop import Customer, Shop

ID, AMOUNT = ({"$ref": f"#/components/schemas/{name}"} for name in ("Id", "Amount"))
# Answers that are not resources, each with the field that identifies it.
_WITHOUT_ID = {
    "LoggedIn": "token",
    "Verification": "",
    "Erasure": "",
    "StaffSession": "user_id",
    "EnrolmentBegun": "",
    "EnrolmentConfirmed": "token",
    "ReplacedSession": "token",
    "ProductPage": "",
    "ListingPage": "",
    "Facets": "",
    "OrderPage": "",
    "AuditPage": "",
    "MemberList": "",
    "StaffRoleList": "",
    "ApiKeyList": "",
    "SessionList": "",
    "AddressList": "",
    "DataExportList": "",
    "CustomerPage": "",
    "StaffInvitationList": "",
    "OrderNoteList": "",
    "ReadOnlySwitch": "",
    "DeadLetterQueues": "",
    "DeadLetterPage": "queue",
    "DeadLetterSearch": "queue",
    "RedriveResult": "queue",
    "ReconciliationState": "",
    "RepairResult": "subject",
    "CategoryList": "",
    "SuggestionList": "",
    "CategoryTree": "",
    "StaffCategoryList": "",
    "ManagedListingPage": "",
    "VariantPage": "",
    "ChangedVariants": "",
    "ChangedStock": "",
    "OrderHistory": "",
    "OrderPayments": "",
    "ExportCreated": "url",
    "WebhookReceived": "",
    "Healthy": "",
}
# Parts of lists that another field than `id` identifies within their list.
_IDENTIFIED_OTHERWISE = {
    "OrderLine": "product_id",
    "OrderItem": "product_id",
    "LinePrice": "product_id",
    "HistoryEntry": "version",
    "Category": "category",
    "Option": "code",
    "OptionValue": "code",
    "OptionFacet": "code",
    "OptionValueFacet": "code",
    "PriceBandFacet": "min_price",
    "StockFacet": "value",
    "FieldProblem": "field",
    "ManagedOption": "code",
    "ManagedOptionValue": "code",
    "DeadLetterQueue": "queue",
    "DeadLetterItem": "message",
    "UnsentLetter": "message",
    "Correction": "word",
    "CheckResult": "check",
    "Disagreement": "subject",
    "UnreachedPart": "part",
}
# The order, the prices, the listing or the facets around it have its currency.
_IN_THE_CURRENCY_AROUND = {"OrderLine", "LinePrice", "Variant", "PriceBandFacet"}


def test_a_resource_has_its_id_as_id() -> None:
    names = {component_of(schema) for found in operations() for schema in answers_of(found)}
    fields = {name: SCHEMAS[name]["properties"] for name in names}

    assert {name for name in names if fields[name].get("id") != ID} == _WITHOUT_ID.keys()
    assert {name for name in _WITHOUT_ID if "id" in fields[name]} == set()
    assert {name for name, other in _WITHOUT_ID.items() if other and other not in fields[name]} == set()


def test_every_part_of_a_list_has_a_field_that_identifies_it() -> None:
    parts = {
        component_of(field["items"])
        for name in SENT
        for field in SCHEMAS[name]["properties"].values()
        if "items" in field
    } & set(SENT)
    fields = {part: SCHEMAS[part]["properties"] for part in parts}

    assert {part for part in parts if "id" not in fields[part]} == parts & _IDENTIFIED_OTHERWISE.keys()
    assert {part for part in parts if _IDENTIFIED_OTHERWISE.get(part, "id") not in fields[part]} == set()


def test_names_ending_in_id_belong_to_ids_and_to_nothing_else() -> None:
    fields = {
        f"{name}.{field}": component_of(schema) == "Id"
        for name in (*SENT, *RECEIVED)
        for field, schema in SCHEMAS[name]["properties"].items()
        if field != "request_id"
    }

    named = {each for each in fields if each.endswith((".id", "_id"))}
    assert named == {each for each, holds_an_id in fields.items() if holds_an_id}


def test_only_ids_have_parameter_names_ending_in_id() -> None:
    parameters = [
        (parameter["name"], parameter["schema"].get("$ref"))
        for found in operations()
        for parameter in map(resolved, found.description.get("parameters", []))
        if not parameter.get("deprecated")
    ]

    named = {name for name, _ in parameters if name == "id" or name.endswith("_id")}

    assert (
        named
        == {name for name, reference in parameters if reference == ID["$ref"]}
        == {"id", "user_id", "key_id", "entity_id", "listing_id"}
    )


def test_the_answer_of_a_write_has_one_id_under_both_names(shop: Shop, admin: Customer, customer: Customer) -> None:
    product = shop.ask("POST", "/products", by=admin, json={"name": "Kettle", "price": "19.99", "stock": 9}).json()
    stock = shop.ask("POST", f"/products/{product['id']}/stock", by=admin, json={"delta": 1, "reason": "found"}).json()
    body = {"product_id": product["id"], "quantity": 1, "address": "1 Main Street"}
    order = shop.ask("POST", "/orders", by=customer, json=body).json()
    payment = shop.ask("POST", f"/orders/{order['id']}/payment", by=customer).json()
    account = {"username": "Ada", "email": "ada-of-shapes@example.com", "password": "correct horse battery"}
    user = shop.ask("POST", "/users/register", json=account).json()

    assert product["id"] == product["product_id"] == stock["id"] == stock["product_id"]
    assert order["id"] == order["order_id"]
    assert payment["id"] == payment["payment_id"]
    assert user["id"] == user["user_id"]


def test_payments_refunds_and_ledger_entries_have_their_own_ids(shop: Shop, admin: Customer) -> None:
    order_id = shop.order(admin, shop.product())
    shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": "bank 1"})
    refund = shop.ask("POST", f"/orders/{order_id}/refunds", by=admin, json={"amount": "1.00"}).json()

    money = shop.ask("GET", f"/orders/{order_id}/payments", by=admin).json()

    [payment], entries = money["payments"], money["ledger"]
    assert payment["id"] == payment["payment_id"] == refund["payment_id"]
    assert [each["id"] for each in money["refunds"]] == [refund["id"]] == [refund["refund_id"]]
    assert sorted({entry["id"] for entry in entries}) == [entry["id"] for entry in entries]


def test_money_in_an_answer_is_a_decimal_string_beside_its_currency() -> None:
    schemas = {name: SCHEMAS[name]["properties"] for name in SENT}
    fields = {f"{name}.{field}": schema for name in SENT for field, schema in schemas[name].items()}
    money = {each for each, schema in fields.items() if component_of(schema) == "Money"}
    with_money = {each.partition(".")[0] for each in money}

    assert money == {each for each in fields if NAMES_OF_MONEY.search(each.partition(".")[2])}
    assert {
        each for each, schema in fields.items() if schema.get("type") == "number" or each.endswith("_minor")
    } == set()
    assert {name for name in with_money if "currency" not in schemas[name]} == _IN_THE_CURRENCY_AROUND


def test_money_in_a_request_is_a_string_or_a_number() -> None:
    fields = {
        f"{name}.{field}": component_of(schema)
        for name in RECEIVED
        for field, schema in SCHEMAS[name]["properties"].items()
    }

    money = {each for each in fields if NAMES_OF_MONEY.search(each.partition(".")[2])}
    assert money == {each for each, component in fields.items() if component == "SentAmount"} != set()


def test_money_in_a_query_has_the_same_form_as_in_a_body() -> None:
    parameters = [
        parameter for found in operations() for parameter in map(resolved, found.description.get("parameters", []))
    ]

    money = [parameter["schema"] for parameter in parameters if NAMES_OF_MONEY.search(parameter["name"])]

    assert money == [AMOUNT] * 8
    assert SCHEMAS["SentAmount"]["anyOf"][0] == AMOUNT


def test_examples_send_money_as_strings() -> None:
    sent = {
        (found.name, name, field): value
        for found in operations()
        for body in bodies_of(found)
        for name, example in body["examples"].items()
        for field, value in example["value"].items()
        if NAMES_OF_MONEY.search(field)
    }

    assert sent
    assert {place: value for place, value in sent.items() if not isinstance(value, str)} == {}
