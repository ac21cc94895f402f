"""Uploads to S3, on moto."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from microshop.errors import Unavailable
from microshop.exports.upload import PART_SIZE, Upload
from microshop.platform import aws

_BUCKET, _KEY = "microshop-exports", "exports/2026/10/1/orders-1.csv"


@pytest.fixture
def s3(environment: None) -> Iterator[Any]:
    aws.simple_storage_service.cache_clear()
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client
    aws.simple_storage_service.cache_clear()


def _parts_left(s3: Any) -> list[Any]:
    found: list[Any] = s3.list_multipart_uploads(Bucket=_BUCKET).get("Uploads", [])
    return found


def _upload(data: bytes) -> None:
    with Upload(_BUCKET, _KEY) as file:
        file.write(data)
        file.finish()


def _keys(s3: Any) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=_BUCKET).get("Contents", [])]


def test_file_is_stored_as_written_with_its_name_and_type(s3: Any) -> None:
    with Upload(_BUCKET, _KEY) as file:
        file.write(b"a,")
        file.write("小\r\n".encode())
        file.finish()

    found = s3.get_object(Bucket=_BUCKET, Key=_KEY)
    assert found["Body"].read().decode() == "a,小\r\n"
    assert found["ContentType"] == "text/csv; charset=utf-8"
    assert found["ContentDisposition"] == 'attachment; filename="orders-1.csv"'


def test_large_file_is_sent_in_parts_while_it_is_written(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, page = aws.simple_storage_service(), b"x" * 1_000_003
    send = Mock(side_effect=client.upload_part)
    monkeypatch.setattr(client, "upload_part", send)

    with Upload(_BUCKET, _KEY) as file:
        for _ in range(13):
            file.write(page)
        assert send.call_count == 2
        file.finish()

    sizes = [len(call.kwargs["Body"]) for call in send.call_args_list]
    assert sizes == [6 * len(page), 6 * len(page), len(page)]
    assert min(sizes[:-1]) >= PART_SIZE
    assert s3.get_object(Bucket=_BUCKET, Key=_KEY)["Body"].read() == page * 13


def test_file_of_exactly_one_part_is_complete(s3: Any) -> None:
    _upload(b"x" * PART_SIZE)

    assert s3.head_object(Bucket=_BUCKET, Key=_KEY)["ContentLength"] == PART_SIZE


def test_abandoned_upload_leaves_nothing(s3: Any) -> None:
    seen = []

    def fail() -> None:
        with Upload(_BUCKET, _KEY) as file:
            file.write(b"x" * (PART_SIZE + 1))
            seen.extend(_parts_left(s3))
            raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        fail()

    assert len(seen) == 1
    assert (_parts_left(s3), _keys(s3)) == ([], [])


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (
            "create_multipart_upload",
            EndpointConnectionError(endpoint_url="https://s3"),
            "EndpointConnectionError",
        ),
        ("upload_part", ReadTimeoutError(endpoint_url="https://s3"), "ReadTimeoutError"),
        (
            "complete_multipart_upload",
            ClientError(
                {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}},  # type: ignore[typeddict-item]
                "UploadPart",
            ),
            "SlowDown",
        ),
    ],
    ids=["create", "part", "complete"],
)
def test_upload_is_unavailable_and_keeps_nothing_when_s3_does_not_answer(
    s3: Any, monkeypatch: pytest.MonkeyPatch, call: str, error: Exception, reason: str
) -> None:
    monkeypatch.setattr(aws.simple_storage_service(), call, Mock(side_effect=error))

    with pytest.raises(Unavailable, match=f"storage does not answer: {reason}"):
        _upload(b"x")

    assert (_parts_left(s3), _keys(s3)) == ([], [])


def test_missing_bucket_is_an_error_of_the_shop(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"), Upload("microshop-nowhere", _KEY):
        pass


def test_first_error_is_raised_even_when_aborting_fails(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse = Mock(side_effect=ReadTimeoutError(endpoint_url="https://s3"))
    monkeypatch.setattr(aws.simple_storage_service(), "abort_multipart_upload", refuse)

    with pytest.raises(KeyError, match="first"), Upload(_BUCKET, _KEY):
        raise KeyError("first")

    refuse.assert_called_once()


def test_link_is_signed_for_the_buckets_region_and_expires(s3: Any) -> None:
    url = urlsplit(Upload(_BUCKET, _KEY).url(900))

    signed = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", f"{_BUCKET}.s3.eu-central-1.amazonaws.com", f"/{_KEY}")
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Expires"] == ["900"]
    assert "/eu-central-1/s3/aws4_request" in signed["X-Amz-Credential"][0]


def test_no_call_to_s3_outlasts_the_function(s3: Any) -> None:
    config: Any = aws.simple_storage_service().meta.config

    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] <= 10
