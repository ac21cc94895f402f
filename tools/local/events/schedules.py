"""Invokes functions asynchronously on the schedules of the template."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.lambda_events.eventbridge import payload
from tools.templates.schedule_expressions import At, Cron, Rate, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log
    from tools.templates.model import Schedule


class Schedules:
    """All schedules of the template. Runs may overlap, as on AWS."""

    def __init__(self, schedules: Iterable[Schedule], environments: Environments, log: Log) -> None:
        self._schedules = [(schedule, parse(schedule.expression, schedule.timezone)) for schedule in schedules]
        self._environments = environments
        self._log = log

    async def run(self) -> None:
        """Run until cancelled."""
        async with asyncio.TaskGroup() as group:
            for schedule, expression in self._schedules:
                group.create_task(self._run(schedule, expression))

    async def _run(self, schedule: Schedule, expression: Rate | Cron | At) -> None:
        for moment in moments(expression, datetime.now(UTC)):
            delay = (moment - datetime.now(UTC)).total_seconds()
            if delay > 0:
                await asyncio.sleep(delay)
            self._environments.invoke_later(schedule.function, payload(schedule, moment))


def moments(expression: Rate | Cron | At, start: datetime) -> Iterator[datetime]:
    """Yields the times of a schedule. A rate begins at the start. Times that a sleeping laptop missed are skipped."""
    match expression:
        case At():
            if expression.moment > start:
                yield expression.moment
        case Rate():
            moment = start
            while True:
                yield moment
                missed = (datetime.now(UTC) - moment) // expression.interval
                moment += expression.interval * max(missed, 1)
        case Cron():
            following = expression.after(start)
            while following is not None:
                yield following
                following = expression.after(max(following, datetime.now(UTC)))
