"""Generates sample events for functions that are invoked by requests, messages or schedules."""

from __future__ import annotations

import json
from copy import replace
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.event_schemas import event_classes
from tools.documents.samples.messages import batch_sample, sample_of, scheduled_sample
from tools.documents.samples.requests import authorizer_sample, request_sample
from tools.documents.samples.values import API_ID, FOLDER, file_of
from tools.templates.inventory import read_inventory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.documents.samples.values import Json
    from tools.templates.model import Inventory

# Required parameters. Reading a template connects to nothing.
_PARAMETERS = {"DatabaseUrl": "mysql://user:password@database.invalid/shop", "RedisUrl": "redis://redis.invalid"}


def documents() -> dict[Path, str]:
    """Returns the generated files of events/ and their expected texts.

    Raises:
        LocalProblem: events/samples.yaml has no value for a field of an event, with or without a consumer.
    """
    for kind in event_classes().values():
        sample_of(kind)
    inventory = read_inventory(ROOT / "template.yaml", parameters=_PARAMETERS, aws_endpoint_url="http://aws.invalid")
    return {
        FOLDER / f"{file_of(inventory, function)}.json": json.dumps(event, indent=2, ensure_ascii=False) + "\n"
        for function, event in _samples(inventory)
    }


def _samples(inventory: Inventory) -> Iterator[tuple[str, Json]]:
    apis = [replace(api, api_id=API_ID) for api in inventory.apis]
    for api in apis[:1]:  # all have the same authorizer
        for authorizer in api.authorizers.values():
            yield authorizer.function, authorizer_sample(api)
    for api in apis:
        for route in api.routes:
            if route.function is not None and route.method != "HEAD":  # it has the sample of GET
                yield route.function, request_sample(inventory, api, route)
    for source in inventory.event_sources:
        yield source.function, batch_sample(inventory, source)
    for schedule in inventory.schedules:
        yield schedule.function, scheduled_sample(schedule)
