"""Replays archived events to consumers.

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
from microshop.messaging.replays import ARCHIVE_DELAY, Period, choose_rules, period_of
from microshop.operator_actions import log_action, operator_of, return_mistakes
from microshop.platform import settings
from microshop.platform.aws import event_bridge

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@return_mistakes
def handler(event: dict[str, Any], _context: object) -> Mapping[str, object]:
    """Returns `{"replay", "state", "from", "to", "queues", "events", "archive_may_lack_the_end"}`, or the status.

    EventBridge replays to rules: a rule that matches one of `events` gets every archived event that it matches.
    """
    if "status" in event:
        return _status(str(event["status"]))
    now = datetime.now(UTC)
    inbox_days = settings.inbox_retention_days()
    period = period_of(event.get("from"), event.get("to"), now=now, inbox_days=inbox_days)
    patterns = {name: _events_of(arn) for name, arn in _rules().items()}
    queues = choose_rules(patterns, event.get("queues") or (), event.get("events") or ())
    name = f"microshop-{settings.text('STAGE')}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    state = _start(name, period, queues, f"started by {operator_of(event)}")
    replay: dict[str, object] = {
        "replay": name,
        "from": period.begin.isoformat(timespec="seconds"),
        "to": period.end.isoformat(timespec="seconds"),
        "queues": queues,
        "events": sorted({event_type for queue in queues for event_type in patterns[queue]}),
    }
    log_action("replay", event, **replay)
    return {**replay, "state": state, "archive_may_lack_the_end": now - period.end < ARCHIVE_DELAY}


def _start(name: str, period: Period, queues: list[str], description: str) -> str:
    response = event_bridge().start_replay(
        ReplayName=name,
        Description=description,
        EventSourceArn=settings.text("ARCHIVE_ARN"),
        EventStartTime=period.begin,
        EventEndTime=period.end,
        Destination={"Arn": settings.text("EVENT_BUS_ARN"), "FilterArns": [_rules()[queue] for queue in queues]},
    )
    return response["State"]


def _status(name: str) -> dict[str, object]:
    if not _NAME.fullmatch(name):
        raise InvalidInput(FieldProblem("status", "must be the name of a replay"))
    bus = event_bridge()
    try:
        replay = bus.describe_replay(ReplayName=name)
    except bus.exceptions.ResourceNotFoundException:
        raise NotFound(f"replay {name}") from None
    times: dict[str, datetime | None] = {
        "from": replay.get("EventStartTime"),
        "to": replay.get("EventEndTime"),
        "replayed_until": replay.get("EventLastReplayedTime"),
        "began_at": replay.get("ReplayStartTime"),
        "ended_at": replay.get("ReplayEndTime"),
    }
    known = {key: time.astimezone(UTC).isoformat(timespec="seconds") for key, time in times.items() if time}
    return {"replay": name, "state": replay["State"], "reason": replay.get("StateReason"), **known}


def _rules() -> dict[str, str]:
    rules: dict[str, str] = json.loads(settings.text("RULES"))
    return rules


def _events_of(rule_arn: str) -> list[str]:
    # arn:aws:events:<region>:<account>:rule/<bus>/<name>
    bus, name = rule_arn.split("/")[-2:]
    pattern = json.loads(event_bridge().describe_rule(Name=name, EventBusName=bus)["EventPattern"])
    return list(pattern.get("detail-type", []))
