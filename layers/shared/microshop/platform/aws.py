"""The AWS clients, created once per execution environment.

Functions that serve clients do not import this module, because boto3 loads slowly. Exports do: they write to S3.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - not the built-in one

from microshop.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient


@functools.cache
def event_bridge() -> EventBridgeClient:
    """EventBridge, with retries: the same entry published twice has one effect.

    Without botocore's check of the parameters, a call of ten entries takes 12 % fewer instructions. EventBridge checks
    them too. A connection for each of the relay's calls at the same time (messaging/pace.py) saves TLS handshakes.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        parameter_validation=False,
        max_pool_connections=16,
    )
    return boto3.client("events", config=config)


@functools.cache
def simple_email_service() -> SESV2Client:
    """SES, with one attempt per call: a retry after a lost response would send the mail twice."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
    return boto3.client("sesv2", config=config)


@functools.cache
def simple_queue_service() -> SQSClient:
    """SQS, with retries: a message that is sent twice is handled once. A long poll takes up to a second."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("sqs", config=config)


@functools.cache
def simple_storage_service() -> S3Client:
    """S3, with retries: a part that is sent twice counts once. Presigned links use the bucket's regional endpoint.

    The timeouts are long enough to upload a part of 5 MiB, and short enough for an export to end before its function's
    timeout.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=4,
        retries={"mode": "standard", "total_max_attempts": 2},
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
    )
    return boto3.client("s3", config=config)


@contextmanager
def translate_errors(dependency: str) -> Iterator[None]:
    """Raise Unavailable if an AWS service is down, so that the waiting client gets a 503 and not a 500.

    Raises:
        Unavailable: the service does not answer, or answers with a 5xx.
        botocore.exceptions.ClientError: the service refuses the call (4xx).
    """
    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(dependency, type(error).__name__) from error
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        raise Unavailable(dependency, error.response["Error"]["Code"]) from error
