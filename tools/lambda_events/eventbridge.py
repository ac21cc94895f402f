"""Creates the event of a schedule."""

from __future__ import annotations

import json
import uuid
from datetime import UTC
from typing import TYPE_CHECKING, Any

from tools.templates.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from datetime import datetime

    from tools.templates.model import Schedule


def payload(schedule: Schedule, moment: datetime) -> bytes:
    """Returns the input in the template, or the event that EventBridge creates."""
    if schedule.has_payload:
        return json.dumps(schedule.payload).encode()
    event: dict[str, Any] = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler" if ":scheduler:" in schedule.arn else "aws.events",
        "account": ACCOUNT,
        "time": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [schedule.arn],
        "detail": {},
    }
    return json.dumps(event).encode()
