"""events/ holds a sample for each function, such as AWS would send it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from microshop.messaging.event import read_event
from tests.support.api_description import description, operation, resolved
from tests.support.event_types import schema_of
from tests.support.templates import ROOT, file_of, http_routes, inventory
from tools.local.gateway.apigateway_event import HttpRequest, Target, authorizer_event, proxy_event
from tools.templates.model import Route

_AUTHORIZER_SAYS = {"principalId": "17", "user_id": "17", "role": "customer", "session": "5e", "integrationLatency": 9}
_REQUEST = HttpRequest("GET", "/", "", (("accept", "*/*"),), b"", "203.0.113.17", 443, "Root=1-5759e988-bd86")


@pytest.mark.parametrize("route", http_routes(), ids=lambda route: file_of(route.function))
def test_an_http_sample_is_for_its_functions_route(route: Route) -> None:
    event = _sample(file_of(str(route.function)))

    path = route.path
    for name, value in (event["pathParameters"] or {}).items():
        path = path.replace(f"{{{name}}}", value)
    assert (event["httpMethod"], event["resource"], event["path"]) == (route.method, route.path, path)
    assert event["requestContext"]["resourcePath"] == route.path
    assert event["requestContext"]["httpMethod"] == route.method


@pytest.mark.parametrize("route", http_routes(), ids=lambda route: file_of(route.function))
def test_an_http_sample_has_the_shape_of_what_the_gateway_sends(route: Route) -> None:
    api = inventory().api
    assert api is not None
    target = Target(route.path, {}, _AUTHORIZER_SAYS if route.authorizer else None)
    event = _sample(file_of(str(route.function)))

    sent = proxy_event(api, _REQUEST, target)

    assert event.keys() == sent.keys()
    assert event["requestContext"].keys() == sent["requestContext"].keys()
    assert event["requestContext"]["identity"].keys() == sent["requestContext"]["identity"].keys()
    assert event["requestContext"].get("authorizer", {}).keys() == (
        _AUTHORIZER_SAYS.keys() if route.authorizer else set()
    )


@pytest.mark.parametrize("route", http_routes(), ids=lambda route: file_of(route.function))
def test_an_http_samples_single_values_agree_with_its_lists(route: Route) -> None:
    event = _sample(file_of(str(route.function)))

    for single, several in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        assert {name: [value] for name, value in (event[single] or {}).items()} == (event[several] or {})


@pytest.mark.parametrize("route", http_routes(), ids=lambda route: file_of(route.function))
def test_an_http_samples_body_is_what_the_description_asks_for(route: Route) -> None:
    event = _sample(file_of(str(route.function)))
    wanted = operation(file_of(str(route.function))).description.get("requestBody")

    assert (event["body"] is not None) == (wanted is not None)
    if wanted:
        schema = resolved(wanted["content"]["application/json"]["schema"])
        Draft202012Validator({**schema, "components": description()["components"]}).validate(json.loads(event["body"]))


def test_the_authorizers_sample_is_what_a_token_authorizer_gets() -> None:
    api = inventory().api
    assert api is not None

    sent = authorizer_event(api, _REQUEST, Target("/", {}), "Bearer token")

    assert _sample("authorizer").keys() == sent.keys()
    assert _sample("authorizer")["type"] == sent["type"]


def test_a_consumers_sample_carries_an_event_that_its_schema_knows() -> None:
    for source in inventory().event_sources:
        for record in _sample(file_of(source.function))["Records"]:
            event = json.loads(record["body"])
            Draft202012Validator(schema_of(event["detail-type"])).validate(event)
            assert read_event(record["body"]).type == event["detail-type"]


def test_a_schedules_sample_is_a_scheduled_event() -> None:
    for schedule in inventory().schedules:
        event = _sample(file_of(schedule.function))
        assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")


def _sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event
