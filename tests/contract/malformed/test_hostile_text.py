"""Text with a meaning in SQL, search, templates, HTML or a shell is stored, found and shown unchanged."""

from tests.support.answers import refused_fields
from tests.support.hostile_text import HOSTILE, joined
from tests.support.request_bodies import ADDRESS
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers


def test_a_username_comes_back_as_it_was_sent(shop: Shop, customer: Customer) -> None:
    def shown(text: str) -> str:
        assert shop.ask("PATCH", "/users/profile", by=customer, json={"username": text}).status_code == 200
        return str(shop.ask("GET", "/users/profile", by=customer).json()["username"])

    assert wrong_answers(shown, [(text, text) for text in HOSTILE]) == []


def test_a_password_of_any_characters_opens_the_account(shop: Shop, customer: Customer) -> None:
    current = customer.password
    for password in joined(HOSTILE, max_length=128):
        change = {"current_password": current, "new_password": password}
        assert shop.ask("PUT", "/users/password", by=customer, json=change).status_code == 204, password

        opened = shop.ask("POST", "/users/login", json={"email": customer.email, "password": password})
        assert opened.status_code == 200, password
        current = password


def test_hostile_text_is_not_an_email_address(shop: Shop, somebody: Customer) -> None:
    emails = [email for text in HOSTILE for email in (text, f"{text}@example.com", f"ada@{text}")]

    def refused(email: str) -> list[str]:
        return refused_fields(shop.ask("POST", "/users/login", json={"email": email, "password": "x"}))

    assert wrong_answers(refused, [(email, ["email"]) for email in emails]) == []


def test_the_details_of_a_product_come_back_as_they_were_sent(shop: Shop, admin: Customer) -> None:
    def shown(text: str) -> tuple[str, ...]:
        sent = {"name": text, "description": text, "category": text, "price": 1}
        created = shop.ask("POST", "/products", by=admin, json=sent).json()
        product = shop.ask("GET", f"/products/{created['product_id']}").json()
        return (product["name"], product["description"], product["category"])

    assert wrong_answers(shown, [(text, (text, text, text)) for text in HOSTILE]) == []


def test_a_category_filters_by_its_exact_name(shop: Shop) -> None:
    products = {text: shop.product(name="Kettle", category=f"{text} of this test") for text in HOSTILE}

    listed = {
        text: shop.ask("GET", "/products", query={"category": f"{text} of this test"}).json()["items"]
        for text in HOSTILE
    }

    assert {text: [item["id"] for item in items] for text, items in listed.items()} == {
        text: [product_id] for text, product_id in products.items()
    }


def test_a_search_finds_the_product_of_that_name(shop: Shop) -> None:
    products = {text: shop.product(name=text) for text in HOSTILE}

    found = {
        text: {item["id"] for item in shop.ask("GET", "/products", query={"q": text, "limit": "100"}).json()["items"]}
        for text in HOSTILE
    }

    assert {text for text, ids in found.items() if products[text] not in ids} == set()


def test_a_search_text_without_a_letter_or_digit_finds_nothing(shop: Shop) -> None:
    assert shop.ask("GET", "/products", query={"q": '+-*"()<>~@'}).json()["items"] == []


def test_a_search_has_no_operators(shop: Shop) -> None:
    plain = shop.ask("GET", "/products", query={"q": "coffee beans"}).json()

    def found(text: str) -> object:
        return shop.ask("GET", "/products", query={"q": text}).json()

    assert plain["items"]
    texts = ["+coffee -beans", '"coffee" (beans)', "coffee* ~beans", ">coffee <beans"]
    assert wrong_answers(found, [(text, plain) for text in texts]) == []


def test_an_address_comes_back_as_it_was_sent(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=100)
    addresses: list[object] = [*joined(HOSTILE, max_length=500, separator="\n")]
    addresses += [{**ADDRESS, "recipient": text, "city": text} for text in HOSTILE]

    orders = [shop.order(customer, product_id, address=address) for address in addresses]

    shown = [shop.ask("GET", f"/orders/{order_id}", by=customer).json()["address"] for order_id in orders]
    assert shown == addresses


def test_reference_and_reason_are_in_the_history_as_they_were_sent(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=100)

    def notes(text: str) -> list[str | None]:
        order_id = shop.order(admin, product_id)
        shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": text})
        shop.ask("POST", f"/orders/{order_id}/cancel", by=admin, json={"reason": text})
        return [entry["note"] for entry in shop.ask("GET", f"/orders/{order_id}/history", by=admin).json()["items"]]

    assert wrong_answers(notes, [(text, [None, text, text]) for text in HOSTILE]) == []


def test_a_payment_is_found_by_its_exact_reference(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=100)

    def finds_its_order(text: str) -> bool:
        order_id, reference = shop.order(admin, product_id), f"{text} of this test"
        shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": reference})
        found = shop.ask("GET", "/orders", by=admin, query={"payment_reference": reference}).json()["items"]
        return [order["id"] for order in found] == [order_id]

    assert wrong_answers(finds_its_order, [(text, True) for text in HOSTILE]) == []


def test_bytes_that_are_not_utf_8_become_the_replacement_character(shop: Shop, customer: Customer) -> None:
    # As API Gateway makes them.
    answer = shop.ask(
        "PATCH",
        "/users/profile",
        by=customer,
        body=b'{"username":"A\xffda\xed\xa0\x80"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 200
    assert answer.json()["username"].startswith("A\ufffdda\ufffd")
