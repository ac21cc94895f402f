"""The program of the AWS stand-in: moto's server, without a line in the log for each of a thousand polls a minute.

Of moto's replays, whatever stretch and rules are asked for, all events go to all rules; here they go as EventBridge has
it.
"""

import logging

from moto.core.utils import unix_time
from moto.events.models import Archive, Replay, ReplayState, events_backends
from moto.server import main


def _replay_events(replay: Replay, archive: Archive) -> None:
    bus = events_backends[replay.account_id][replay.region].describe_event_bus(replay.destination["Arn"].split("/")[-1])
    asked = replay.destination.get("FilterArns")
    rules = [rule for rule in bus.rules.values() if not asked or rule.arn in asked]
    for event in list(archive.events):
        if float(replay.event_start_time) <= float(event["time"]) < float(replay.event_end_time):
            for rule in rules:
                rule.send_to_targets({**event, "replay-name": replay.name}, transform_input=False)
    replay.state = ReplayState.COMPLETED
    replay.end_time = unix_time()


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    Replay.replay_events = _replay_events  # type: ignore[assignment]
    main()
