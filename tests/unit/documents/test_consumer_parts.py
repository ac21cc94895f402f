"""Parts that are generated from a row of infra/consumers.yaml. Tests of the templates cover the real rows."""

from typing import Any

import yaml
from samtranslator.yaml_helper import yaml_parse

from tools.documents.consumer_parts import parts
from tools.documents.consumers import Consumer, Need


def _generated(*needs: Need, **environment: str) -> dict[str, dict[str, str]]:
    row = Consumer(
        name="OrderNote",
        description="Notes orders.",
        function="note_orders",
        needs=needs,
        environment=environment,
        max_concurrency=2,
        missing="a note",
        events=["OrderPaid"],
    )
    return parts([row])


def _function(generated: dict[str, dict[str, str]]) -> Any:
    text = "vpc: &vpc {}\n" + generated["infra/messaging.yaml"]["consumers"]
    return yaml_parse(text)["NoteOrdersFunction"]["Properties"]


def test_function_gets_the_variables_and_policies_of_its_needs() -> None:
    function = _function(_generated("redis", TARGET="OperatorEmail"))

    assert function["Environment"]["Variables"] == {
        "REDIS_URL": {"Ref": "RedisUrl"},
        "TARGET": {"Ref": "OperatorEmail"},
    }
    assert function["Policies"] == [{"Ref": "RedisAccessPolicyArn"}]


def test_function_without_needs_gets_no_variables_and_no_policies() -> None:
    generated = _generated()

    assert _function(generated)["Environment"]["Variables"] == {}
    assert _function(generated)["Policies"] == []
    assert yaml.safe_load(generated["infra/privileges.yaml"]["consumers"]) == {"NoteOrdersFunction": {}}


def test_only_a_consumer_with_a_database_has_an_inbox() -> None:
    assert "note_orders" in _generated("database")["infra/schedules.yaml"]["inboxes"]
    assert "note_orders" not in _generated("redis")["infra/schedules.yaml"]["inboxes"]
