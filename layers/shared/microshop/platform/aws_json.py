"""Calls AWS services of the JSON protocol by signed requests, without boto3, which loads slowly."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime
from urllib.parse import urlsplit

from microshop.platform import settings, tls
from microshop.platform.settings import Roots
from microshop.platform.sigv4 import signed_headers

_TIMEOUT_SECONDS = 2


def post(service: str, target: str, body: bytes, *, endpoint_variable: str) -> tuple[int, bytes]:
    """Send a request, such as service `kms` and target `TrentService.Encrypt`. Returns status and body of the response.

    Raises:
        OSError, http.client.HTTPException: the service does not answer.
    """
    region = settings.text("AWS_REGION")
    # The default is the endpoint of commercial regions; the template refuses other regions. The variables have boto3's
    # names: the service's own URL takes precedence over the one for all services.
    default = settings.text("AWS_ENDPOINT_URL", f"https://{service}.{region}.amazonaws.com")
    endpoint = urlsplit(settings.text(endpoint_variable, default))
    signed = signed_headers(
        settings.credentials(),
        region=region,
        service=service,
        host=endpoint.netloc,
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target},
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
