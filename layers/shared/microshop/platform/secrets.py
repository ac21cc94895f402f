"""The secrets of Secrets Manager, kept in the execution environment for ten minutes; asked for without boto3."""

from __future__ import annotations

import functools
import http.client
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from microshop.errors import Unavailable
from microshop.platform import observability, settings, tls
from microshop.platform.settings import Roots
from microshop.platform.sigv4 import signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Fetch = Callable[[str], Mapping[str, str]]

# A rotated key reaches every environment within this time; a provider lets the old one work meanwhile.
_FRESH_SECONDS = 600
# While Secrets Manager is away, not every request of an environment waits for it again.
_PAUSE_SECONDS = 30
_TIMEOUT_SECONDS = 2


class Secrets:
    """Secrets by ARN. The clock is the wall's: a monotonic one may stand still while an environment lies frozen."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[Mapping[str, str], float]] = {}

    def of(self, arn: str) -> Mapping[str, str]:
        """The secret's fields. Where a newer value cannot be had, the one at hand goes on to be used.

        Raises:
            Unavailable: it cannot be had, and there is none at hand.
        """
        kept, fresh_until = self._kept.get(arn, (None, 0.0))
        if kept is not None and self._clock() < fresh_until:
            return kept
        try:
            found, seconds = self._fetch(arn), _FRESH_SECONDS
        except Unavailable as error:
            if kept is None:
                raise
            observability.log().warning("an older value of a secret goes on to be used", reason=str(error))
            found, seconds = kept, _PAUSE_SECONDS
        self._kept[arn] = found, self._clock() + seconds
        return found


def secret(arn: str) -> Mapping[str, str]:
    """The fields of a secret that holds a JSON object of texts.

    Raises:
        Unavailable: Secrets Manager does not answer, or does not give it.
    """
    return _secrets().of(arn)


def fetch(arn: str) -> Mapping[str, str]:
    """The secret's fields that are texts, as Secrets Manager has them now (GetSecretValue).

    Raises:
        Unavailable: it does not answer, or does not give it; never quotes what was answered.
    """
    try:
        status, answer = _post(json.dumps({"SecretId": arn}).encode())
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("secrets", type(error).__name__) from error
    try:
        if status != http.HTTPStatus.OK:
            refusal = str(json.loads(answer).get("__type", "")).rpartition("#")[2]
            raise Unavailable("secrets", refusal or f"status {status}")
        return _fields(json.loads(json.loads(answer)["SecretString"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        # The error would quote the secret.
        raise Unavailable("secrets", f"status {status} without a readable secret") from None


def _post(body: bytes) -> tuple[int, bytes]:
    region = settings.text("AWS_REGION")
    # The domain is that of commercial regions; the template refuses the others. The variables have boto3's names: the
    # service's own address goes before the one for all services.
    everywhere = settings.text("AWS_ENDPOINT_URL", f"https://secretsmanager.{region}.amazonaws.com")
    endpoint = urlsplit(settings.text("AWS_ENDPOINT_URL_SECRETS_MANAGER", everywhere))
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"}
    signed = signed_headers(
        settings.credentials(),
        region=region,
        service="secretsmanager",
        host=endpoint.netloc,
        headers=headers,
        body=body,
        at=datetime.now(UTC),
    )
    connection = _connection(endpoint.scheme, endpoint.netloc)
    try:
        connection.request("POST", "/", body, signed)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=_TIMEOUT_SECONDS, context=tls.context(Roots.DEFAULT))
    return http.client.HTTPConnection(netloc, timeout=_TIMEOUT_SECONDS)


def _fields(value: object) -> Mapping[str, str]:
    # Secrets Manager's console writes the port of a database's secret as a number.
    fields = {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
    if not fields:
        raise TypeError
    return fields


@functools.cache
def _secrets() -> Secrets:
    return Secrets(fetch)
