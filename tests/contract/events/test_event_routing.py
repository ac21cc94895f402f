"""The rules of infra/messaging.yaml forward each published event to the consumers that handle it."""

import json
from typing import Any, cast

from moto.events.models import EventPattern

from microshop.messaging.event_bus import EVENT_SOURCE
from tests.support.consumers import handled, inboxes
from tests.support.event_types import SAMPLES, published
from tests.support.templates import file_of, inventory
from tools.documents.consumers import unconsumed_events
from tools.templates.model import Rule

RULES = inventory().rules


def test_every_consumer_has_a_queue() -> None:
    assert {file_of(source.function) for source in inventory().event_sources} == handled().keys()


def test_every_event_has_a_consumer_or_is_listed_as_unconsumed() -> None:
    assert set().union(*handled().values()) == SAMPLES.keys() - unconsumed_events()


def test_reconciliation_knows_every_consumer_with_an_inbox_and_its_events() -> None:
    [reconcile] = [each for each in inventory().functions.values() if file_of(each.name) == "reconcile"]

    known = json.loads(reconcile.environment["INBOXES"])

    assert {name: set(events) for name, events in known.items()} == inboxes()


def test_a_rule_filters_only_by_the_shops_source_and_known_types() -> None:
    patterns = {rule.name: rule.pattern for rule in RULES if rule.enabled}

    assert len(patterns) == len(RULES)
    assert {name: pattern["source"] for name, pattern in patterns.items()} == {
        name: [EVENT_SOURCE] for name in patterns
    }
    assert {name: set(pattern) for name, pattern in patterns.items()} == {
        name: {"source", "detail-type"} for name in patterns
    }
    assert {name for name, pattern in patterns.items() if not set(pattern["detail-type"]) <= SAMPLES.keys()} == set()


def test_a_consumer_gets_every_event_that_it_handles_and_no_other() -> None:
    routed: dict[str, set[str]] = {consumer: set() for consumer in handled()}
    for source in inventory().event_sources:
        for rule in RULES:
            if any(target.arn.rpartition(":")[2] == source.queue for target in rule.targets):
                matching = {kind for kind, event in SAMPLES.items() if _matches(rule, published(event))}
                routed[file_of(source.function)] |= matching

    assert routed == handled()


def test_no_rule_forwards_an_event_of_another_source() -> None:
    events = [{**published(event), "source": "aws.events"} for event in SAMPLES.values()]

    assert {rule.name for rule in RULES if any(_matches(rule, event) for event in events)} == set()


def test_every_rule_is_on_the_bus_that_the_relay_publishes_to() -> None:
    relay = next(function for function in inventory().functions.values() if file_of(function.name) == "relay_outbox")

    assert {rule.bus for rule in RULES} == {relay.environment["EVENT_BUS_NAME"]}


def _matches(rule: Rule, event: dict[str, Any]) -> bool:
    return bool(EventPattern.load(json.dumps(rule.pattern)).matches_event(cast("Any", event)))
