"""A person with data everywhere, the functions that erase, and a bucket of tombstones in the stand-in for S3."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from microshop.platform import aws
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.privacy.tombstones import Tombstones
from tests.support.builders import an_execution
from tests.support.functions import forget_connections, load_function
from tests.support.marked_person import MarkedPerson
from tests.support.payments import Till
from tools.local.events import resources

_REGION = "eu-central-1"


class ErasingFunctions:
    """The schedule and the operator's function, in one execution environment."""

    def run(self, *, milliseconds_left: int = 120_000) -> dict[str, int]:
        """Run the schedule."""
        context = an_execution(milliseconds_left=milliseconds_left)
        result: dict[str, int] = load_function("schedules/erase_accounts").handler({}, context)
        return result

    def replay(self) -> dict[str, Any]:
        """Replay the tombstones, as an operator does after a restore."""
        context = an_execution(milliseconds_left=120_000)
        result: dict[str, Any] = load_function("operator/replay_erasures").handler({"operator": "ops"}, context)
        return result


@pytest.fixture
def tombstones(aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tombstones]:
    """Tombstones in a bucket of this test."""
    bucket = f"tombstones-{uuid.uuid4()}"
    client = resources.client("s3", aws_endpoint_url)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": _REGION})
    for name, value in {
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": _REGION,
        "TOMBSTONE_BUCKET_NAME": bucket,
    }.items():
        monkeypatch.setenv(name, value)
    aws.simple_storage_service.cache_clear()
    yield Tombstones(bucket)
    aws.simple_storage_service.cache_clear()


@pytest.fixture
def functions(
    database_url: str, redis_url: str, tombstones: Tombstones, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ErasingFunctions]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "microshop")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "microshop")
    forget_connections()
    yield ErasingFunctions()
    forget_connections()


@pytest.fixture
def person(database: Database, redis: Redis, till: Till, kettle: int) -> MarkedPerson:
    return MarkedPerson(database, redis, till, kettle)
