"""Replays archived events to the consumers that an operator names.

`{"from": "2026-11-24T10:00Z", "to": "…", "queues": ["CustomerMail"], "events": ["OrderPaid"], "operator": "…"}`: only
`from` is required. `{"status": "<name>"}` shows the progress of a replay.
"""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from microshop.errors import FieldProblem, InvalidInput, NotFound
from microshop.messaging.replays import ARCHIVING, Period, choose_rules, period_of
from microshop.operator_actions import explains_mistakes, note_action, operator_of
from microshop.platform import settings
from microshop.platform.aws import event_bridge

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@explains_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Return `{"replay", "state", "from", "to", "queues", "events", "archive_may_lack_the_end"}`, or a replay's status.

    EventBridge selects by rule: a rule that matches one of `events` gets all events that it matches.
    """
    if "status" in event:
        return _status(str(event["status"]))
    now = datetime.now(UTC)
    inbox_days = settings.inbox_retention_days()
    when = period_of(event.get("from"), event.get("to"), now=now, inbox_days=inbox_days)
    patterns = {name: _events_of(arn) for name, arn in _rules().items()}
    queues = choose_rules(patterns, event.get("queues") or (), event.get("events") or ())
    name = f"microshop-{settings.text('STAGE')}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    state = _start(name, when, queues, f"started by {operator_of(event)}")
    answer: dict[str, object] = {
        "replay": name,
        "from": when.begin.isoformat(timespec="seconds"),
        "to": when.end.isoformat(timespec="seconds"),
        "queues": queues,
        "events": sorted({kind for queue in queues for kind in patterns[queue]}),
    }
    note_action("replay", event, **answer)
    return {**answer, "state": state, "archive_may_lack_the_end": now - when.end < ARCHIVING}


def _start(name: str, when: Period, queues: list[str], description: str) -> str:
    answer = event_bridge().start_replay(
        ReplayName=name,
        Description=description,
        EventSourceArn=settings.text("ARCHIVE_ARN"),
        EventStartTime=when.begin,
        EventEndTime=when.end,
        Destination={"Arn": settings.text("EVENT_BUS_ARN"), "FilterArns": [_rules()[queue] for queue in queues]},
    )
    return answer["State"]


def _status(name: str) -> dict[str, object]:
    if not _NAME.fullmatch(name):
        raise InvalidInput(FieldProblem("status", "must be the name of a replay"))
    bus = event_bridge()
    try:
        found = bus.describe_replay(ReplayName=name)
    except bus.exceptions.ResourceNotFoundException:
        raise NotFound(f"replay {name}") from None
    moments: dict[str, datetime | None] = {
        "from": found.get("EventStartTime"),
        "to": found.get("EventEndTime"),
        "replayed_until": found.get("EventLastReplayedTime"),
        "began_at": found.get("ReplayStartTime"),
        "ended_at": found.get("ReplayEndTime"),
    }
    shown = {key: moment.astimezone(UTC).isoformat(timespec="seconds") for key, moment in moments.items() if moment}
    return {"replay": name, "state": found["State"], "reason": found.get("StateReason"), **shown}


def _rules() -> dict[str, str]:
    found: dict[str, str] = json.loads(settings.text("RULES"))
    return found


def _events_of(rule_arn: str) -> list[str]:
    # arn:aws:events:<region>:<account>:rule/<bus>/<name>
    bus, name = rule_arn.split("/")[-2:]
    pattern = json.loads(event_bridge().describe_rule(Name=name, EventBusName=bus)["EventPattern"])
    return list(pattern.get("detail-type", []))
