"""The AWS clients, made once per execution environment. Nothing on a path where a client waits imports this module."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sesv2 import SESV2Client


@functools.cache
def event_bridge() -> EventBridgeClient:
    """EventBridge, with retries: the same entry published twice has one effect."""
    config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("events", config=config)


@functools.cache
def simple_email_service() -> SESV2Client:
    """SES, one attempt a call: a retry after a lost answer would send the mail twice."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
    return boto3.client("sesv2", config=config)
