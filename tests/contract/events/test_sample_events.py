"""events/ holds a sample event for each function, as AWS sends it."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from microshop.messaging.event import read_event
from tests.support.api_description import description, operations, resolved
from tests.support.event_types import schema_of
from tests.support.templates import ROOT, file_of, inventory


def test_every_function_has_a_sample_event_and_none_is_left_over() -> None:
    functions = {file_of(name) for name in inventory().functions}

    assert {file.stem for file in (ROOT / "events").glob("*.json")} == functions


def test_the_body_of_a_sample_request_is_valid() -> None:
    for operation in operations():
        event, described = _sample(operation.name), operation.description.get("requestBody")
        assert (event["body"] is not None) == (described is not None), operation.name
        if described:
            schema = resolved(described["content"]["application/json"]["schema"])
            validator = Draft202012Validator({**schema, "components": description()["components"]})
            validator.validate(json.loads(event["body"]))


def test_the_messages_of_a_sample_batch_are_valid_events() -> None:
    for source in inventory().event_sources:
        for record in _sample(file_of(source.function))["Records"]:
            event = json.loads(record["body"])
            Draft202012Validator(schema_of(event["detail-type"])).validate(event)
            assert read_event(record["body"]).type == event["detail-type"]


def _sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event
