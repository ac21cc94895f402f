"""AWS Signature Version 4 for a POST and for a presigned GET.

The algorithm is "Create a signed AWS API request" in the IAM user guide. Importing botocore takes fifteen times as long
as starting a bare interpreter, so only the tests use it, as the oracle.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from microshop.platform.settings import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    credentials: Credentials,
    *,
    region: str,
    service: str,
    host: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> dict[str, str]:
    """Returns the headers of a `POST /`: those given, and the signature of them and the body.

    `host` is the value of the Host header, with the port if it is not the scheme's default; `at` is an aware UTC time.
    The names of the returned headers are in lower case.
    """
    stamp, scope = _stamp(at), _scope(at, region, service)
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed |= {"host": host, "x-amz-date": stamp}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    signature = _signature(credentials, stamp, scope, canonical)
    signed["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def presigned_query(
    credentials: Credentials,
    *,
    region: str,
    service: str,
    host: str,
    query: dict[str, str],
    seconds: int,
    at: datetime,
) -> str:
    """Returns the query of a presigned `GET /`: the one given, and its signature, which is valid for `seconds`.

    `host` is the value of the Host header; `at` is an aware UTC time.
    """
    stamp, scope = _stamp(at), _scope(at, region, service)
    signing = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.session_token:
        signing["X-Amz-Security-Token"] = credentials.session_token
    pairs = {quote(name, safe=""): quote(value, safe="") for name, value in (query | signing).items()}
    ordered = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs))
    canonical = f"GET\n/\n{ordered}\nhost:{host.lower()}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    signature = _signature(credentials, stamp, scope, canonical)
    return "&".join(f"{name}={value}" for name, value in (pairs | {"X-Amz-Signature": signature}).items())


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _scope(at: datetime, region: str, service: str) -> str:
    return f"{at:%Y%m%d}/{region}/{service}/aws4_request"


def _signature(credentials: Credentials, stamp: str, scope: str, canonical: str) -> str:
    to_sign = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, to_sign).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
