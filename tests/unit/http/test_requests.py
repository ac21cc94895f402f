"""The request as an endpoint sees it: headers, ids, caller, body and query."""

import base64
from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshop.caller import Caller
from microshop.errors import ContentTooLarge, InvalidInput, Unauthenticated
from microshop.http import Request
from microshop.http.body import MAX_BODY_BYTES
from microshop.scopes import REFUND
from microshop.users.schemas import ChangePasswordRequest, LogInRequest, RegisterRequest, UpdateProfileRequest
from tests.support.builders import an_api_event
from tests.support.table_rows import not_refused, wrong_answers

_SOUND = {"username": "Ada", "email": "ada@example.com", "password": "correct horse"}


def _fields(request: Request, model: type[Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        request.body(model)
    return {problem.field: problem.reason for problem in refusal.value.problems}


def _path_id(given: str) -> int:
    return Request(an_api_event(path={"id": given})).path_id("id")


def test_headers_are_found_in_any_case() -> None:
    request = Request(an_api_event(headers={"If-None-Match": '"1"'}))

    assert request.header("if-none-match") == '"1"'
    assert request.header("if-match") == ""


def test_request_without_headers_has_none() -> None:
    event = an_api_event() | {"headers": None}

    assert Request(event).header("content-type") == ""


def test_request_id_of_the_client_is_kept_when_it_is_plain() -> None:
    sent = ["abc", "A.b_c-1", "x" * 64]

    assert [Request(an_api_event(headers={"x-request-id": each})).id for each in sent] == sent


def test_request_id_is_the_gateways_when_the_clients_is_not_plain() -> None:
    sent = ["", "x" * 65, "a b", "a\r\nSet-Cookie: x", "<script>", "é"]

    ids = {each: Request(an_api_event(headers={"X-Request-Id": each}, request_id="gateway-1")).id for each in sent}

    assert ids == dict.fromkeys(sent, "gateway-1")


def test_caller_comes_from_the_authorizer() -> None:
    keys = Caller(17, "5e", frozenset({REFUND}), key_id=3, read_only="maintenance")
    persons = Caller(17, "5e", withheld=True, second_factor_at=1_760_000_000)

    found = [Request(an_api_event(caller=each, request_id="r-1")).require_caller() for each in (keys, persons)]

    assert found == [replace(each, request_id="r-1") for each in (keys, persons)]


@pytest.mark.parametrize("authorizer", [None, {}, {"principalId": "x"}])
def test_request_without_an_authorizer_has_no_caller(authorizer: dict[str, str] | None) -> None:
    event = an_api_event()
    event["requestContext"]["authorizer"] = authorizer

    assert Request(event).caller is None
    with pytest.raises(Unauthenticated):
        Request(event).require_caller()


def test_path_id_is_a_positive_number_that_a_row_can_have() -> None:
    assert wrong_answers(_path_id, [("1", 1), ("9223372036854775807", 2**63 - 1)]) == []


def test_path_id_is_refused_when_no_row_can_have_it() -> None:
    ids = [
        "",
        "0",
        "-1",
        "01",
        "1.0",
        "1e3",
        "x",
        "1 ",
        "\u0661",
        "9223372036854775808",
        "9" * 19,
        "9" * 5000,
        "1;--",
        "null",
        "%31",
    ]

    assert not_refused(_path_id, ids, "id: must be a positive whole number", InvalidInput) == []


def test_missing_path_parameter_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Request(an_api_event(path=None)).path_id("id")


def test_valid_body_becomes_its_model_in_stored_form() -> None:
    body = {**_SOUND, "email": " Ada@Example.com ", "username": " Ada "}

    found = Request(an_api_event(method="POST", body=body)).body(RegisterRequest)

    assert (found.email, found.username, found.language) == ("ada@example.com", "Ada", None)


def test_registration_names_a_wrong_member() -> None:
    rows: list[tuple[dict[str, object], str]] = [
        ({"email": "nonsense"}, "email"),
        ({"email": None}, "email"),
        ({"email": 5}, "email"),
        ({"email": ["ada@example.com"]}, "email"),
        ({"email": {"$gt": ""}}, "email"),
        ({"email": "a" * 1001}, "email"),
        ({"password": "short"}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"username": ""}, "username"),
        ({"username": "a\nb"}, "username"),
        ({"username": True}, "username"),
        ({"language": "de"}, "language"),
        ({"language": "EN"}, "language"),
        ({"role": "admin"}, "role"),
    ]

    def named(changed: dict[str, object]) -> list[str]:
        return list(_fields(Request(an_api_event(method="POST", body={**_SOUND, **changed})), RegisterRequest))

    assert wrong_answers(named, [(changed, [field]) for changed, field in rows]) == []


def test_every_wrong_or_missing_member_is_named_at_once() -> None:
    request = Request(an_api_event(method="POST", body={"email": "nonsense", "is_admin": True}))

    assert set(_fields(request, RegisterRequest)) == {"username", "email", "password", "is_admin"}


@pytest.mark.parametrize("secret", ["hunter2", "h" * 200])
def test_refused_value_is_not_repeated(secret: str) -> None:
    request = Request(an_api_event(method="POST", body={**_SOUND, "password": secret}))

    assert secret not in str(_fields(request, RegisterRequest))


def test_login_accepts_passwords_that_todays_rules_refuse() -> None:
    request = Request(an_api_event(method="POST", body={"email": "ada@example.com", "password": "old"}))

    assert request.body(LogInRequest).password == "old"


@pytest.mark.parametrize("password", ["", "x" * 129])
def test_login_is_refused_when_the_password_cannot_be_one(password: str) -> None:
    request = Request(an_api_event(method="POST", body={"email": "ada@example.com", "password": password}))

    assert list(_fields(request, LogInRequest)) == ["password"]


def test_profile_change_may_name_only_one_member() -> None:
    found = Request(an_api_event(method="PATCH", body={"language": "zh"})).body(UpdateProfileRequest)

    assert (found.username, found.language) == (None, "zh")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "body"), ({"username": None}, "username"), ({"language": None, "username": "A"}, "language")],
)
def test_profile_change_is_refused_when_empty_or_null(body: dict[str, object], field: str) -> None:
    request = Request(an_api_event(method="PATCH", body=body))

    assert list(_fields(request, UpdateProfileRequest)) == [field]


def test_password_change_needs_both_passwords() -> None:
    request = Request(an_api_event(method="PUT", body={}))

    assert set(_fields(request, ChangePasswordRequest)) == {"current_password", "new_password"}


def test_base64_body_is_read() -> None:
    request = Request(an_api_event(method="POST", body=_SOUND, is_base64=True))

    assert request.body(RegisterRequest).username == "Ada"


@pytest.mark.parametrize("is_base64", [False, True])
def test_raw_body_is_the_body_byte_for_byte(is_base64: bool) -> None:
    event = an_api_event(method="POST", body=_SOUND, is_base64=is_base64)
    sent = base64.b64decode(event["body"]) if is_base64 else event["body"].encode()

    assert Request(event).raw_body() == sent


def test_raw_body_is_empty_without_a_body() -> None:
    event = an_api_event(method="POST")

    assert (Request(event).has_body(), Request(event).raw_body()) == (False, b"")


@pytest.mark.parametrize("text", ["é" * (MAX_BODY_BYTES // 2) + "x", "x" * (MAX_BODY_BYTES + 1)])
def test_raw_body_is_refused_when_too_large(text: str) -> None:
    event = an_api_event(method="POST") | {"body": text}
    encoded = event | {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}

    for sent in (event, encoded):
        with pytest.raises(ContentTooLarge):
            Request(sent).raw_body()


def test_raw_body_of_the_largest_size_is_read_in_either_form() -> None:
    event = an_api_event(method="POST") | {"body": "x" * MAX_BODY_BYTES}
    encoded = event | {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}

    assert Request(event).raw_body() == Request(encoded).raw_body() == b"x" * MAX_BODY_BYTES


def test_raw_body_is_refused_when_it_is_not_base64() -> None:
    event = an_api_event(method="POST") | {"body": "not base64!", "isBase64Encoded": True}

    with pytest.raises(InvalidInput):
        Request(event).raw_body()


def test_headers_are_available_under_lower_case_names() -> None:
    request = Request(an_api_event(headers={"Stripe-Signature": "t=1,v1=a", "X-Other": "b"}))

    assert {name: request.headers[name] for name in ("stripe-signature", "x-other")} == {
        "stripe-signature": "t=1,v1=a",
        "x-other": "b",
    }


def test_repeated_query_parameter_is_refused() -> None:
    request = Request(an_api_event(query={"q": ["a", "b"]}), reads_query=True)

    query = request.query()

    assert query.text("q", 5) is None
    with pytest.raises(InvalidInput, match="more than once"):
        query.finish()


def test_request_without_query_parameters_has_none() -> None:
    Request(an_api_event(query=None), reads_query=True).query().finish()


@pytest.mark.parametrize("read", ["query", "key"])
def test_undeclared_key_or_query_cannot_be_read(read: str) -> None:
    request = Request(an_api_event(method="POST"))

    with pytest.raises(RuntimeError, match="declares"):
        request.query() if read == "query" else request.idempotency_key(UpdateProfileRequest(username="Ada"))


@given(st.dictionaries(st.text(), st.just(["1"]), min_size=1, max_size=3))
def test_unknown_parameter_is_named_by_at_least_one_character(query: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Request(an_api_event(query=query)).refuse_undeclared()

    assert all(1 <= len(problem.field) <= 64 for problem in refusal.value.problems)


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(max_size=2), inner, min_size=1, max_size=3)))
def test_wrong_field_is_named_by_at_least_one_character(body: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Request(an_api_event(method="POST", body=body)).body(RegisterRequest)

    assert all(1 <= len(problem.field) <= 200 for problem in refusal.value.problems)
