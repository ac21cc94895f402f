"""Reads secrets from Secrets Manager, without boto3, and caches them in the execution environment for ten minutes."""

from __future__ import annotations

import functools
import http.client
import json
import time
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.platform import aws_json, observability

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Fetch = Callable[[str], Mapping[str, str]]

# A rotated key reaches every environment within this time; a provider accepts the old one meanwhile.
_TTL_SECONDS = 600
# While Secrets Manager is down, an environment retries after this time, and not with every request.
_RETRY_SECONDS = 30


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
        status, body = aws_json.post(
            "secretsmanager",
            "secretsmanager.GetSecretValue",
            json.dumps({"SecretId": arn}).encode(),
            endpoint_variable="AWS_ENDPOINT_URL_SECRETS_MANAGER",
        )
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


def _fields(value: object) -> Mapping[str, str]:
    # Secrets Manager's console writes the port in a database's secret as a number.
    fields = {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
    if not fields:
        raise TypeError
    return fields


@functools.cache
def _secrets() -> Secrets:
    return Secrets(fetch)
