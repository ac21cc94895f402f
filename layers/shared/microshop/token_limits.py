"""The limits that count requests with a token: by session or API key, by account, and more strictly by what is asked.

Nobody else can use them up: a request counts only with a valid token of the account.
"""

from __future__ import annotations

from microshop.platform import settings
from microshop.request_limits import RequestLimit

_MINUTE, _HOUR = 60, 3600

# Name → variable, default and window. A quota of 0 turns a limit off.
QUOTAS = {
    "session": ("SESSION_REQUESTS_PER_MINUTE", 300, _MINUTE),
    "api-key": ("API_KEY_REQUESTS_PER_MINUTE", 600, _MINUTE),
    "account": ("ACCOUNT_REQUESTS_PER_MINUTE", 1200, _MINUTE),
    "orders": ("ACCOUNT_ORDERS_PER_HOUR", 60, _HOUR),
    "payments": ("ACCOUNT_PAYMENTS_PER_HOUR", 30, _HOUR),
    "refunds": ("ACCOUNT_REFUNDS_PER_HOUR", 300, _HOUR),
}
# Who tries stolen cards places orders and starts payments; who has stolen a session of staff refunds.
_STRICTER = {
    "POST api/v1/orders": "orders",
    "POST api/v1/orders/*/payment": "payments",
    "POST api/v1/orders/*/refunds": "refunds",
}
_PLACE_OF_ID = 3


def token_limits(method: str, path: str, hashed: str, *, is_key: bool) -> list[RequestLimit]:
    """Returns the limits of a request with a token.

    A limit without a subject counts the account, which is known when the token has been found. There are none if API
    Gateway caches callers: it would repeat a refusal for other requests, and count one of many.
    """
    if settings.integer("AUTHORIZER_TTL_SECONDS", 0):
        return []
    limits = [_limit("api-key" if is_key else "session", hashed), _limit("account")]
    if method == "POST" and (stricter := _STRICTER.get(f"{method} {_pattern(path)}")):
        limits.append(_limit(stricter))
    return [limit for limit in limits if limit.quota]


def _limit(name: str, subject: str = "") -> RequestLimit:
    variable, default, window_seconds = QUOTAS[name]
    return RequestLimit(name, settings.integer(variable, default), window_seconds, subject)


def _pattern(path: str) -> str:
    if "%" in path:  # API Gateway may match a path that is written with escapes
        from urllib.parse import unquote  # noqa: PLC0415 - no program of ours writes it so

        path = unquote(path)
    parts = path.strip("/").split("/")
    if len(parts) > _PLACE_OF_ID:
        parts[_PLACE_OF_ID] = "*"
    return "/".join(parts)
