"""The local payment provider stores responses by idempotency key, as Stripe documents it."""

from pathlib import Path
from typing import Any

import pytest

from tools.local.stripe.call import Call
from tools.local.stripe.errors import Refused
from tools.local.stripe.idempotency import IdempotencyStore, Response
from tools.local.stripe.state import State

_MADE = Response(200, {"id": "pi_1"})


class _Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _call(
    key: str = "k1", *, account: str = "sk_1", method: str = "POST", path: str = "/v1/refunds", **more: Any
) -> Call:
    return Call(method, path, account, more, idempotency_key=key)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def store(clock: _Clock, tmp_path: Path) -> IdempotencyStore:
    return IdempotencyStore(State(tmp_path / "state"), clock)


def _complete(store: IdempotencyStore, call: Call, response: Response) -> None:
    assert store.begin(call) is None
    store.finish(call, response)


@pytest.mark.parametrize(
    "response",
    [
        _MADE,
        Response(402, {"error": {"code": "card_declined"}}),
        Response(400, {"error": {"code": "charge_already_refunded"}}),
        Response(500, {"error": {}}),
    ],
    ids=lambda response: str(response.status),
)
def test_repeated_request_gets_the_stored_response(store: IdempotencyStore, response: Response) -> None:
    _complete(store, _call(amount="5"), response)

    assert store.begin(_call(amount="5")) == response


@pytest.mark.parametrize(
    "response",
    [
        Response(401, {"error": {}}),
        Response(429, {"error": {}}),
        Response(400, {"error": {"message": "Bad request"}}),
        Response(400, {"error": {"code": "parameter_missing"}}),
    ],
    ids=lambda response: str(response.status),
)
def test_key_may_be_reused_when_nothing_was_executed(store: IdempotencyStore, response: Response) -> None:
    _complete(store, _call(), response)

    assert store.begin(_call()) is None


@pytest.mark.parametrize("other", [_call(amount="6"), _call(path="/v1/payment_intents", amount="5")])
def test_key_belongs_to_one_request(store: IdempotencyStore, other: Call) -> None:
    _complete(store, _call(amount="5"), _MADE)

    with pytest.raises(Refused) as refused:
        store.begin(other)

    assert (refused.value.status, refused.value.error["type"]) == (400, "idempotency_error")


def test_concurrent_request_with_the_same_key_is_refused(store: IdempotencyStore) -> None:
    store.begin(_call())

    with pytest.raises(Refused) as refused:
        store.begin(_call())

    assert (refused.value.status, refused.value.error["code"]) == (409, "idempotency_key_in_use")


def test_read_with_the_same_key_does_not_end_a_request_in_progress(store: IdempotencyStore) -> None:
    store.begin(_call())
    _complete(store, _call(method="GET"), _MADE)

    with pytest.raises(Refused):
        store.begin(_call())


def test_abandoned_request_may_be_retried(store: IdempotencyStore) -> None:
    store.begin(_call())
    store.abandon(_call())

    assert store.begin(_call()) is None


def test_two_accounts_may_use_the_same_key(store: IdempotencyStore) -> None:
    _complete(store, _call(), _MADE)

    assert store.begin(_call(account="sk_2", amount="7")) is None


@pytest.mark.parametrize("call", [_call(method="GET"), Call("POST", "/v1/refunds", "sk_1", {})])
def test_responses_to_reads_and_requests_without_a_key_are_not_stored(store: IdempotencyStore, call: Call) -> None:
    _complete(store, call, _MADE)

    assert store.begin(call) is None


def test_response_is_deleted_after_a_day(store: IdempotencyStore, clock: _Clock) -> None:
    _complete(store, _call(), _MADE)
    clock.now += 24 * 60 * 60

    assert store.begin(_call()) is None
