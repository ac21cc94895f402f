"""Text that means something to SQL, search, templates, HTML or a shell is stored, found and shown as it was sent."""

from tests.support.answers import refused_fields
from tests.support.hostile_text import HOSTILE, joined
from tests.support.request_bodies import ADDRESS
from tests.support.shop import Customer, Shop


def test_a_username_comes_back_as_it_was_sent(shop: Shop, customer: Customer) -> None:
    shown = dict[str, str]()
    for text in HOSTILE:
        assert shop.ask("PATCH", "/users/profile", by=customer, json={"username": text}).status_code == 200
        shown[text] = shop.ask("GET", "/users/profile", by=customer).json()["username"]

    assert shown == {text: text for text in HOSTILE}


def test_a_password_of_any_characters_opens_the_account(shop: Shop, customer: Customer) -> None:
    current = customer.password
    for password in joined(HOSTILE, max_length=128):
        change = {"current_password": current, "new_password": password}
        assert shop.ask("PUT", "/users/password", by=customer, json=change).status_code == 204, password

        opened = shop.ask("POST", "/users/login", json={"email": customer.email, "password": password})
        assert opened.status_code == 200, password
        current = password


def test_hostile_text_is_no_email_address(shop: Shop, somebody: Customer) -> None:
    emails = [email for text in HOSTILE for email in (text, f"{text}@example.com", f"ada@{text}")]

    answers = {email: shop.ask("POST", "/users/login", json={"email": email, "password": "x"}) for email in emails}

    assert {email: refused_fields(answer) for email, answer in answers.items()} == {
        email: ["email"] for email in emails
    }


def test_the_details_of_a_product_come_back_as_they_were_sent(shop: Shop, admin: Customer) -> None:
    sent = {text: {"name": text, "description": text, "category": text} for text in HOSTILE}

    products = {
        text: shop.ask("POST", "/products", by=admin, json={**details, "price": 1}).json()["product_id"]
        for text, details in sent.items()
    }

    shown = {text: shop.ask("GET", f"/products/{product_id}").json() for text, product_id in products.items()}
    assert {text: {name: shown[text][name] for name in sent[text]} for text in shown} == sent


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


def test_a_search_text_without_a_letter_or_digit_is_refused(shop: Shop) -> None:
    assert refused_fields(shop.ask("GET", "/products", query={"q": '+-*"()<>~@'})) == ["q"]


def test_a_search_knows_no_operators(shop: Shop) -> None:
    texts = ["+coffee -beans", '"coffee" (beans)', "coffee* ~beans", ">coffee <beans"]
    plain = shop.ask("GET", "/products", query={"q": "coffee beans"}).json()

    answers = {text: shop.ask("GET", "/products", query={"q": text}).json() for text in texts}

    assert plain["items"]
    assert answers == dict.fromkeys(texts, plain)


def test_an_address_comes_back_as_it_was_sent(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=100)
    addresses: list[object] = [*joined(HOSTILE, max_length=500, separator="\n")]
    addresses += [{**ADDRESS, "recipient": text, "city": text} for text in HOSTILE]

    orders = [shop.order(customer, product_id, address=address) for address in addresses]

    shown = [shop.ask("GET", f"/orders/{order_id}", by=customer).json()["address"] for order_id in orders]
    assert shown == addresses


def test_reference_and_reason_are_in_the_history_as_they_were_sent(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=100)
    notes = dict[str, list[str | None]]()
    for text in HOSTILE:
        order_id = shop.order(admin, product_id)
        shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": text})
        shop.ask("POST", f"/orders/{order_id}/cancel", by=admin, json={"reason": text})
        entries = shop.ask("GET", f"/orders/{order_id}/history", by=admin).json()["items"]
        notes[text] = [entry["note"] for entry in entries]

    assert notes == {text: [None, text, text] for text in HOSTILE}


def test_a_payment_is_found_by_its_exact_reference(shop: Shop, admin: Customer) -> None:
    product_id = shop.product(stock=100)
    placed, found = dict[str, int](), dict[str, list[int]]()
    for text in HOSTILE:
        placed[text] = shop.order(admin, product_id)
        reference = f"{text} of this test"
        shop.ask("POST", f"/orders/{placed[text]}/confirm", by=admin, json={"reference": reference})
        orders = shop.ask("GET", "/orders", by=admin, query={"payment_reference": reference}).json()["items"]
        found[text] = [order["id"] for order in orders]

    assert found == {text: [order_id] for text, order_id in placed.items()}


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
