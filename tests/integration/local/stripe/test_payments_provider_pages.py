"""A web page may pay at the local Stripe stand-in with the client secret, as Stripe.js does, and nothing else."""

import pytest
from stripe import StripeClient

from tests.support.payment_intents import create_intent
from tests.support.payments_provider import PaymentsProvider


def test_a_web_page_pays_with_the_client_secret(payments_provider: PaymentsProvider, client: StripeClient) -> None:
    intent = create_intent(client, metadata={"note": "for the shop only"})
    card = {"card[number]": "4242 4242 4242 4242", "card[exp_month]": "12", "card[exp_year]": "40", "card[cvc]": "123"}
    method = payments_provider.post_from_page("/v1/payment_methods", type="card", **card)
    confirm = f"/v1/payment_intents/{intent.id}/confirm"

    answer = payments_provider.post_from_page(
        confirm, payment_method=method.json()["id"], client_secret=str(intent.client_secret)
    )

    assert answer.json()["status"] == "succeeded"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "metadata" not in answer.json()
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_web_page_pays_in_one_request(payments_provider: PaymentsProvider, client: StripeClient) -> None:
    intent = create_intent(client)
    card = {"number": "4000000000000002", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
    data = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
    data |= {"payment_method_data[type]": "card", "client_secret": str(intent.client_secret)}

    declined = payments_provider.post_from_page(f"/v1/payment_intents/{intent.id}/confirm", **data)

    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    assert "metadata" not in declined.json()["error"]["payment_intent"]


@pytest.mark.parametrize("secret", [{}, {"client_secret": ""}, {"client_secret": "pi_1_secret_2"}], ids=str)
def test_a_web_page_without_the_client_secret_cannot_pay(
    payments_provider: PaymentsProvider, client: StripeClient, secret: dict[str, str]
) -> None:
    intent = create_intent(client, payment_method="pm_card_visa")

    answer = payments_provider.post_from_page(f"/v1/payment_intents/{intent.id}/confirm", **secret)

    assert answer.status_code == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"


@pytest.mark.parametrize(
    "path", ["/v1/payment_intents", "/v1/refunds", "/v1/payment_intents/{}/cancel", "/v1/customers"]
)
def test_a_web_page_cannot_use_other_endpoints(
    payments_provider: PaymentsProvider, client: StripeClient, path: str
) -> None:
    intent = create_intent(client)

    answer = payments_provider.post_from_page(path.format(intent.id), amount="5", currency="usd")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "secret_key_required")
