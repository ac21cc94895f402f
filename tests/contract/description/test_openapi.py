"""docs/openapi.yaml agrees with the template and the code."""

import importlib.util
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_CURSOR_LENGTH, MAX_PAGE_SIZE
from microshop.exports import period
from microshop.http.problems import PROBLEMS, TYPE_PREFIX, UNEXPECTED
from microshop.http.query import QueryParameters
from microshop.orders import paging
from microshop.orders.states import TRANSITIONS
from microshop.payments import payment
from microshop.payments.providers import PROVIDERS
from microshop.payments.providers.port import IntentStatus
from microshop.products.paging import SORTS
from microshop.products.product import MAX_CATEGORY_LENGTH
from microshop.search.words import MAX_SEARCH_LENGTH
from microshop.users.user import MAX_EMAIL_LENGTH
from tests.support.api_description import description, operation, operations, resolved
from tests.support.templates import ROOT, inventory

# Stripe defines the fields of its events, and adds fields without notice.
_STRIPE_SCHEMAS = {"StripeEvent"}


def test_the_description_is_valid_openapi() -> None:
    validate(description())


def test_every_problem_type_has_an_example_with_the_text_of_the_code() -> None:
    rows = {TYPE_PREFIX + problem.type: problem for problem in (*PROBLEMS.values(), UNEXPECTED)}
    examples = {example["value"]["type"]: example["value"] for example in _problem_examples().values()}

    assert set(examples) == set(description()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"])
    for kind, example in examples.items():
        problem = rows.get(kind)
        gateway = _gateway_problems().get(kind, {})
        assert example["title"] == (problem.title if problem else gateway["title"]), kind
        assert example.get("status") == (problem.status if problem else gateway.get("status")), kind
        if problem and problem.detail:
            assert example["detail"] == problem.detail, kind


def test_a_problem_is_an_example_only_of_responses_with_its_status() -> None:
    shown: dict[str, set[str]] = {name: set() for name in _problem_examples()}
    for found in operations():
        for status, answer in found.description["responses"].items():
            for content in resolved(answer).get("content", {}).values():
                for name in content["examples"].keys() & shown.keys():
                    shown[name].add(status)

    assert shown == {name: {str(example["value"].get("status", 400))} for name, example in _problem_examples().items()}


def test_every_example_is_valid_under_its_schema() -> None:
    examples = list(_examples())

    assert len(examples) > 20
    assert [fault for place, schema, value in examples for fault in _faults(place, schema, value)] == []


def test_every_body_has_an_example() -> None:
    examples = [
        (found.name, len(content["examples"])) for found in operations() for content in _contents(found.description)
    ]

    assert len(examples) > 20
    assert [name for name, count in examples if count == 0] == []


def test_no_schema_allows_unknown_fields() -> None:
    schemas = description()["components"]["schemas"]

    open_schemas = {
        name
        for name, schema in schemas.items()
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    }

    assert open_schemas == _STRIPE_SCHEMAS


@pytest.mark.parametrize(("domain", "name"), [("products", "list_products"), ("orders", "list_orders")])
def test_a_list_reads_exactly_the_parameters_of_its_description(
    monkeypatch: pytest.MonkeyPatch, domain: str, name: str
) -> None:
    read = set[str]()

    def finish(self: QueryParameters) -> None:
        read.update(self._read)
        raise InterruptedError

    monkeypatch.setattr(QueryParameters, "finish", finish)
    monkeypatch.setenv("CURRENCY", "USD")
    monkeypatch.setenv("LANGUAGES", "en,zh")
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    with pytest.raises(InterruptedError):
        _function(domain, name).handler.__wrapped__(_request(event))

    assert read == operation(name).parameters("query").keys()


def test_the_product_list_is_described_with_the_limits_of_the_code() -> None:
    described = operation("list_products").parameters("query")

    assert described["q"]["maxLength"] == MAX_SEARCH_LENGTH
    assert described["category"]["maxLength"] == MAX_CATEGORY_LENGTH
    assert described["cursor"]["maxLength"] == MAX_CURSOR_LENGTH
    assert (described["limit"]["maximum"], described["limit"]["default"]) == (MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    assert tuple(described["sort"]["enum"]) == SORTS


def test_the_order_list_is_described_with_the_limits_of_the_code() -> None:
    described = operation("list_orders").parameters("query")

    assert described["cursor"]["maxLength"] == MAX_CURSOR_LENGTH
    assert described["limit"]["maximum"] == MAX_PAGE_SIZE
    assert described["limit"]["default"] == DEFAULT_PAGE_SIZE
    assert described["email"]["maxLength"] == MAX_EMAIL_LENGTH
    assert described["payment_reference"]["maxLength"] == paging._MAX_REFERENCE_LENGTH


def test_the_actions_of_a_history_are_those_of_the_transitions() -> None:
    actions = dict.fromkeys(["placed", *(transition.action for transition in TRANSITIONS)])

    assert description()["components"]["schemas"]["HistoryEntry"]["properties"]["action"]["enum"] == list(actions)


def test_every_status_of_a_payment_is_explained_and_every_provider_listed() -> None:
    schemas = description()["components"]["schemas"]

    explanation = schemas["AttemptStatus"]["description"]
    assert [state for state in payment.PAYMENT_STATES if f"`{state}`:" not in explanation] == []
    assert tuple(schemas["PaymentProvider"]["enum"]) == tuple(PROVIDERS)


def test_a_started_payment_has_every_intent_status_except_cancelled() -> None:
    described = description()["components"]["schemas"]["StartedPayment"]["properties"]["status"]["enum"]

    assert {*described, "cancelled"} == set(get_args(IntentStatus.__value__))


def test_the_description_of_an_export_has_the_maximum_period() -> None:
    assert f"{period.MAX_DAYS} days" in description()["components"]["schemas"]["CreateExportRequest"]["description"]


def _gateway_problems() -> dict[str, dict[str, Any]]:
    api = inventory().apis[0]  # the other one has the same
    bodies = [
        json.loads(template.replace("$context.error.messageString", '"message"'))
        for response in api.responses.values()
        for template in response.templates.values()
    ]
    return {body["type"]: body for body in bodies}


def _problem_examples() -> dict[str, dict[str, Any]]:
    examples: dict[str, dict[str, Any]] = description()["components"]["examples"]
    return examples


def _contents(described: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [resolved(answer).get("content", {}) for answer in described["responses"].values()]
    return [
        content
        for kinds in (described.get("requestBody", {}).get("content", {}), *answers)
        for content in kinds.values()
    ]


def _examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the place, schema and value of every example."""
    for found in operations():
        for content in _contents(found.description):
            for name, example in content["examples"].items():
                yield f"{found.name}, example {name}", content["schema"], resolved(example)["value"]
        for place in ("query", "path", "header"):
            for name, schema in found.parameters(place).items():
                for example in schema.get("examples", []):
                    yield f"{found.name}, parameter {name}", schema, example


def _faults(place: str, schema: dict[str, Any], value: Any) -> list[str]:
    validator = OAS31Validator(
        {**schema, "components": description()["components"]}, format_checker=oas31_format_checker
    )
    return [f"{place}: {error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _request(event: dict[str, Any]) -> Any:
    from microshop.http import Request

    return Request(event, reads_query=True)


def _function(domain: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "functions" / domain / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
