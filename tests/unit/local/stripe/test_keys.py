"""Keys and signatures of the local payment provider."""

import base64
import time

import pytest
import stripe

from tools.local.stripe.authorization import api_key_of, refuse_publishable
from tools.local.stripe.errors import Refused
from tools.local.stripe.webhooks import signature


def test_stripe_client_accepts_the_signature() -> None:
    payload = '{"id": "evt_1", "name": "王"}'.encode()
    header = signature(payload, "whsec_1", int(time.time()))

    assert stripe.WebhookSignature.verify_header(payload.decode(), header, "whsec_1", tolerance=300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(payload.decode(), header, "whsec_2", tolerance=300)


@pytest.mark.parametrize(
    ("authorization", "form", "key"),
    [
        ("Bearer sk_test_1", {}, "sk_test_1"),
        ("Basic " + base64.b64encode(b"sk_test_1:").decode(), {}, "sk_test_1"),
        ("Bearer pk_test_1", {}, "pk_test_1"),
        ("", {"key": "pk_test_1"}, "pk_test_1"),
    ],
)
def test_key_is_read_from_the_header_or_from_the_form(authorization: str, form: dict[str, str], key: str) -> None:
    assert api_key_of(authorization, form) == key


@pytest.mark.parametrize(
    ("authorization", "form"),
    [("", {}), ("Bearer ", {}), ("Bearer nonsense", {}), ("Basic ?", {}), ("", {"key": "sk_test_1"})],
)
def test_request_without_a_key_is_refused(authorization: str, form: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        api_key_of(authorization, form)

    assert refused.value.status == 401


def test_publishable_key_is_refused_where_a_secret_key_is_needed() -> None:
    refuse_publishable("sk_test_1")
    with pytest.raises(Refused) as refused:
        refuse_publishable("pk_test_1")

    assert refused.value.error["code"] == "secret_key_required"
