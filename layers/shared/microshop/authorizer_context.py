"""The context that the authorizer gives API Gateway, and that every function receives with a request.

API Gateway passes texts on. Both directions are here, so that they cannot differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.caller import ADMIN, CUSTOMER, Caller
from microshop.request_limits import LimitUse
from microshop.scopes import EVERYTHING, scopes_in, scopes_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def context_of(caller: Caller) -> dict[str, str]:
    """Returns the context that describes a caller."""
    context = {
        "user_id": str(caller.user_id),
        "session": caller.session,
        "scopes": scopes_text(caller.scopes),
        "role": ADMIN if caller.scopes == EVERYTHING else CUSTOMER,  # for functions of the previous release
    }
    if caller.withheld:
        context["withheld"] = "true"
    if caller.second_factor_at is not None:
        context["second_factor_at"] = str(caller.second_factor_at)
    if caller.key_id is not None:
        context["key_id"] = str(caller.key_id)
    if caller.read_only:
        context["read_only"] = caller.read_only
    if use := caller.limit_use:
        context["rate_limit_policy"] = use.policy
        context["rate_limit"] = use.state
        if use.exceeded:
            context["exceeded_limit"] = use.exceeded
            context["retry_after"] = str(use.retry_after_seconds)
    return context


def caller_in(context: Mapping[str, Any], request_id: str) -> Caller:
    """Returns the caller whom a context describes."""
    scopes = context.get("scopes")
    if scopes is None:  # an authorizer of the previous release
        scopes = scopes_text(EVERYTHING) if context.get("role") == ADMIN else ""
    second_factor_at, key_id = context.get("second_factor_at"), context.get("key_id")
    return Caller(
        user_id=int(context["user_id"]),
        session=str(context["session"]),
        scopes=scopes_in(scopes),
        withheld=bool(context.get("withheld")),
        second_factor_at=int(second_factor_at) if second_factor_at else None,
        key_id=int(key_id) if key_id else None,
        read_only=context.get("read_only") or None,
        limit_use=_limit_use_in(context),
        request_id=request_id,
    )


def _limit_use_in(context: Mapping[str, Any]) -> LimitUse | None:
    if not context.get("rate_limit"):  # no limits, or an authorizer of the previous release
        return None
    exceeded, retry_after = context.get("exceeded_limit") or "", int(context.get("retry_after") or 0)
    return LimitUse(context["rate_limit_policy"], context["rate_limit"], exceeded, retry_after)
