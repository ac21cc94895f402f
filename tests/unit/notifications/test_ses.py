"""Sending mails with SES, on moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from microshop.notifications.mail import Mail
from microshop.notifications.ses import send_mail
from microshop.platform import aws

_MAIL = Mail(subject="欢迎, Ada", text="您好", html="<p>您好</p>")


@pytest.fixture
def ses(environment: None) -> Iterator[None]:
    aws.simple_email_service.cache_clear()
    with mock_aws():
        boto3.client("sesv2").create_email_identity(EmailIdentity="shop@example.com")
        yield
    aws.simple_email_service.cache_clear()


def test_mail_is_sent_as_text_and_as_html(ses: None) -> None:
    send_mail("shop@example.com", "ada@example.com", _MAIL)

    [sent] = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages
    assert (sent.source, sent.destinations["ToAddresses"], sent.subject) == (
        "shop@example.com",
        ["ada@example.com"],
        "欢迎, Ada",
    )


def test_mail_reaches_ses_in_both_forms_as_utf_8(ses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(aws.simple_email_service(), "send_email", lambda **call: calls.append(call))

    send_mail("shop@example.com", "ada@example.com", _MAIL)

    simple = calls[0]["Content"]["Simple"]
    assert simple["Subject"] == {"Data": "欢迎, Ada", "Charset": "UTF-8"}
    assert simple["Body"] == {
        "Text": {"Data": "您好", "Charset": "UTF-8"},
        "Html": {"Data": "<p>您好</p>", "Charset": "UTF-8"},
    }


def test_mail_from_an_unknown_sender_is_an_error(ses: None) -> None:
    with pytest.raises(ClientError):
        send_mail("stranger@example.org", "ada@example.com", _MAIL)


def test_mail_client_never_retries_by_itself(environment: None) -> None:
    aws.simple_email_service.cache_clear()

    config: Any = aws.simple_email_service().meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
