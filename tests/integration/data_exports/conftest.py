"""The function that writes exports, with a bucket in the stand-in for S3."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from microshop.data_exports.repository import DataExportRepository
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.platform import aws
from microshop.values import Value
from tests.support.builders import an_execution
from tests.support.functions import forget_connections, load_function
from tools.local.events import resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from microshop.data_exports.data_export import DataExport
    from microshop.platform.mysql import Database


class Writer(Value):
    """The function, and what it wrote."""

    database: Any
    bucket: str
    s3: Any
    function: Any

    def request(self, user_id: int, now: datetime) -> DataExport:
        """Add a requested export."""
        uow = DataExportsUnitOfWork(self.database)
        with uow:
            export = uow.exports.add(user_id, now)
            uow.commit()
        return export

    def run(self) -> dict[str, int]:
        """Run the function once."""
        return dict(self.function.handler({}, an_execution(milliseconds_left=300_000)))

    def newest(self, user_id: int) -> DataExport:
        """Returns the person's newest export."""
        [export] = DataExportRepository(self.database).of_user(user_id, 1)
        return export

    def files(self, export: DataExport) -> dict[str, str]:
        """Returns the files of an export's zip, by name."""
        body = self.s3.get_object(Bucket=self.bucket, Key=export.object_key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name).decode() for name in archive.namelist()}

    def read(self, export: DataExport, name: str) -> Any:
        """Returns a JSON file of an export."""
        return json.loads(self.files(export)[name])


@pytest.fixture
def writer(
    database: Database, database_url: str, redis_url: str, aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Writer]:
    bucket, s3 = f"exports-{uuid.uuid4()}", resources.client("s3", aws_endpoint_url)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "EXPORT_BUCKET_NAME": bucket,
        "SHOP_NAME": "Teahouse",
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": "microshop",
    }.items():
        monkeypatch.setenv(name, value)
    forget_connections()
    aws.simple_storage_service.cache_clear()
    yield Writer(database, bucket, s3, load_function("schedules/write_data_exports"))
    forget_connections()
    aws.simple_storage_service.cache_clear()
