"""The authorizer: turns a bearer token into a policy for the whole stage and the caller's id, role and session.

While the shop is read-only, the policy's context also contains the reason, which http/endpoint.py reads.

Errors other than an invalid token are raised. API Gateway then responds with 503 and refuses the request.
"""

import functools
import re
from typing import Any

from microshop.platform.redis import redis
from microshop.users.sessions import Sessions

_TOKEN = re.compile(r"(?:Bearer +)?([A-Za-z0-9_-]{43})", re.ASCII | re.IGNORECASE)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Returns the policy for the token. API Gateway turns the exact message "Unauthorized" into a 401."""
    token = _TOKEN.fullmatch(event.get("authorizationToken", "").strip())
    caller = _sessions().find(token[1]) if token else None
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
        "context": {
            "user_id": str(caller.user_id),
            "role": caller.role,
            "session": caller.session,
            **({"read_only": caller.read_only} if caller.read_only else {}),
        },
    }


def _whole_stage(method_arn: str) -> str:
    # API Gateway caches the policy for all methods. A policy for one method would refuse the others with 403.
    api, stage = method_arn.split("/")[:2]
    return f"{api}/{stage}/*"


@functools.cache
def _sessions() -> Sessions:
    return Sessions(redis())
