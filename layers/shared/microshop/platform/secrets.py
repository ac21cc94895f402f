"""Reads secrets from Secrets Manager, without boto3, and caches them in the execution environment for ten minutes."""

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

# A rotated key reaches every environment within this time; a provider accepts the old one meanwhile.
_TTL_SECONDS = 600
# While Secrets Manager is down, an environment retries after this time, and not with every request.
_RETRY_SECONDS = 30
_TIMEOUT_SECONDS = 2


class Secrets:
    """A cache of secrets by ARN. It uses the wall clock: a monotonic one may stop while an environment is frozen."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._clock = clock
        self._cache: dict[str, tuple[Mapping[str, str], float]] = {}

    def get(self, arn: str) -> Mapping[str, str]:
        """Returns the secret's fields: the cached ones if they are fresh or cannot be refreshed.

        Raises:
            Unavailable: the secret cannot be read and is not cached.
        """
        cached, expires_at = self._cache.get(arn, (None, 0.0))
        if cached is not None and self._clock() < expires_at:
            return cached
        try:
            fields, seconds = self._fetch(arn), _TTL_SECONDS
        except Unavailable as error:
            if cached is None:
                raise
            observability.log().warning("using an expired secret", reason=str(error))
            fields, seconds = cached, _RETRY_SECONDS
        self._cache[arn] = fields, self._clock() + seconds
        return fields


def secret(arn: str) -> Mapping[str, str]:
    """Returns the fields of a secret that holds a JSON object of strings, up to ten minutes old.

    Raises:
        Unavailable: Secrets Manager does not answer, or refuses.
    """
    return _secrets().get(arn)


def fetch(arn: str) -> Mapping[str, str]:
    """Returns the secret's current fields whose values are strings (GetSecretValue).

    Raises:
        Unavailable: Secrets Manager does not answer, or refuses. The message never quotes its response.
    """
    try:
        status, body = _post(json.dumps({"SecretId": arn}).encode())
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("secrets", type(error).__name__) from error
    try:
        if status != http.HTTPStatus.OK:
            refusal = str(json.loads(body).get("__type", "")).rpartition("#")[2]
            raise Unavailable("secrets", refusal or f"status {status}")
        return _fields(json.loads(json.loads(body)["SecretString"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        # The error would quote the secret.
        raise Unavailable("secrets", f"status {status} without a readable secret") from None


def _post(body: bytes) -> tuple[int, bytes]:
    region = settings.text("AWS_REGION")
    # The default is the endpoint of commercial regions; the template refuses other regions. The variables have boto3's
    # names: the service's own URL takes precedence over the one for all services.
    default = settings.text("AWS_ENDPOINT_URL", f"https://secretsmanager.{region}.amazonaws.com")
    endpoint = urlsplit(settings.text("AWS_ENDPOINT_URL_SECRETS_MANAGER", default))
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
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=_TIMEOUT_SECONDS, context=tls.context(Roots.DEFAULT))
    return http.client.HTTPConnection(netloc, timeout=_TIMEOUT_SECONDS)


def _fields(value: object) -> Mapping[str, str]:
    # Secrets Manager's console writes the port in a database's secret as a number.
    fields = {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
    if not fields:
        raise TypeError
    return fields


@functools.cache
def _secrets() -> Secrets:
    return Secrets(fetch)
