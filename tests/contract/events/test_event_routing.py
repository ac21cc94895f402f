"""The rules of infra/messaging.yaml pass on what is published, to the consumers that know it."""

import json
from typing import Any, cast

import pytest
from moto.events.models import EventPattern

from microshop.messaging.event_bus import EVENT_SOURCE
from tests.support.consumers import handled, inboxes
from tests.support.event_types import SAMPLES, published
from tests.support.templates import file_of, inventory
from tools.documents.consumers import unheard
from tools.templates.model import Rule

RULES = inventory().rules


def test_every_consumer_has_a_queue() -> None:
    assert {file_of(source.function) for source in inventory().event_sources} == handled().keys()


def test_every_event_is_handled_or_listed_as_unheard() -> None:
    assert set().union(*handled().values()) == SAMPLES.keys() - unheard()


def test_reconciliation_knows_every_consumer_with_an_inbox_and_its_events() -> None:
    [reconcile] = [each for each in inventory().functions.values() if file_of(each.name) == "reconcile"]

    known = json.loads(reconcile.environment["INBOXES"])

    assert {name: set(events) for name, events in known.items()} == inboxes()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_looks_at_nothing_but_the_shops_source_and_known_types(rule: Rule) -> None:
    assert rule.enabled
    assert rule.pattern.keys() == {"source", "detail-type"}
    assert rule.pattern["source"] == [EVENT_SOURCE]
    assert set(rule.pattern["detail-type"]) <= SAMPLES.keys()


@pytest.mark.parametrize("consumer", handled())
def test_a_consumer_gets_every_event_that_it_handles_and_no_other(consumer: str) -> None:
    queues = {source.queue for source in inventory().event_sources if file_of(source.function) == consumer}
    rules = [rule for rule in RULES if any(target.arn.rpartition(":")[2] in queues for target in rule.targets)]

    routed = {kind for kind, event in SAMPLES.items() if any(_matches(rule, published(event)) for rule in rules)}

    assert routed == handled()[consumer]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_passes_nothing_on_from_another_source(rule: Rule) -> None:
    events = [{**published(event), "source": "aws.events"} for event in SAMPLES.values()]

    assert not any(_matches(rule, event) for event in events)


def test_every_rule_is_on_the_bus_that_the_relay_fills() -> None:
    relay = next(function for function in inventory().functions.values() if file_of(function.name) == "relay_outbox")

    assert {rule.bus for rule in RULES} == {relay.environment["EVENT_BUS_NAME"]}


def _matches(rule: Rule, event: dict[str, Any]) -> bool:
    return bool(EventPattern.load(json.dumps(rule.pattern)).matches_event(cast("Any", event)))
