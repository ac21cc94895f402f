"""The authorizer: turns a token into a policy for the whole stage and a description of the caller.

The token is that of a session or an API key. Finding it counts the request against the limits of its token and account.

The policy's context also contains how much of the limits is used and, while the shop is read-only, the reason:
http/endpoint.py reads both.

Errors other than an invalid token are raised. API Gateway then responds with 503 and refuses the request.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from microshop.authorizer_context import context_of
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.token_limits import token_limits
from microshop.users.sessions import Sessions, hash_token

if TYPE_CHECKING:
    from microshop.caller import Caller

_SESSION_TOKEN_LENGTH = 43
# A session's token, or an API key: the prefix of api_keys/api_key.py and as many characters.
_TOKEN = re.compile(r"(?:(?i:Bearer) +)?((?:msk_)?[A-Za-z0-9_-]{43})", re.ASCII)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Returns the policy for the token. API Gateway turns the exact message "Unauthorized" into a 401."""
    token = _TOKEN.fullmatch(event.get("authorizationToken", "").strip())
    caller = _find(token[1], event["methodArn"]) if token else None
    if caller is None:
        raise Exception("Unauthorized")  # noqa: TRY002
    return {
        "principalId": str(caller.user_id),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": _whole_stage(event["methodArn"])}
            ],
        },
        "context": context_of(caller),
    }


def _find(token: str, method_arn: str) -> Caller | None:
    _, _, method, path = method_arn.split("/", 3)
    if len(token) == _SESSION_TOKEN_LENGTH:
        return _sessions().find(token, token_limits(method, path, hash_token(token), is_key=False))
    from microshop.api_keys.api_key import hash_key  # noqa: PLC0415 - few callers are programs
    from microshop.api_keys.cache import ApiKeyCache  # noqa: PLC0415 - few callers are programs

    return ApiKeyCache(redis()).find(token, token_limits(method, path, hash_key(token), is_key=True))


def _whole_stage(method_arn: str) -> str:
    # API Gateway caches the policy for all methods. A policy for one method would refuse the others with 403.
    api, stage = method_arn.split("/")[:2]
    return f"{api}/{stage}/*"


@functools.cache
def _sessions() -> Sessions:
    return Sessions(redis(), second_factor_required=settings.text("STAFF_SECOND_FACTOR", "optional") == "required")
