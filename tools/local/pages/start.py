"""/_local/: the start page, with the state of the shop, addresses, accounts, example requests and guides."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD, CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tools.local.example_requests import example_requests
from tools.local.pages.rendering import key_value_table, link, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.local.pages.shop_state import ShopState

_ACCOUNTS = (
    ("admin", f"<code>{ADMIN_EMAIL}</code>", f"<code>{ADMIN_PASSWORD}</code>"),
    ("customer", f"<code>{CUSTOMER_EMAIL}</code>", f"<code>{CUSTOMER_PASSWORD}</code>"),
)
_GUIDES = (
    ("Quick start", "/docs/quick-start", "the first ten minutes"),
    ("API guide", "/docs/api-guide", "rules that all endpoints share"),
    ("Front end", "/docs/front-end", "connecting a front end, and taking payments"),
    ("Orders and payments", "/docs/order-states", "their states, and who may change them"),
    ("Errors", "/docs/errors", "the meaning of each error, and what to do"),
    ("Features", "/docs/features", "what the shop can and cannot do"),
    ("The local stack", "/docs/local-stack", "what runs on this machine, and how it differs from AWS"),
)
_COMMANDS = (
    ("make help", "lists all commands"),
    ("make tour", "shows what the shop does, step by step"),
    ("make mails", "lists the mails in a terminal"),
    ("make reconcile", "compares stock, orders, events and payments"),
    ("make dead-letters", "lists events that consumers failed to handle"),
    ("make reset", "deletes the local data"),
)


def start_content(state: ShopState, url: str, stripe_url: str | None, *, is_real_stripe: bool) -> str:
    """Returns the page below its title. The API is at `url`."""
    address = html.escape(url)
    guides = [(link(at, name), about) for name, at, about in _GUIDES]
    sections = (
        ("State", key_value_table(_state(state))),
        ("Addresses", key_value_table(_places(address, _payments(stripe_url, is_real_stripe=is_real_stripe)))),
        ("Accounts", table(("Role", "Mail address", "Password"), _ACCOUNTS)),
        ("Example requests", f"<pre><code>{html.escape(example_requests(url))}</code></pre>"),
        ("Guides", table(("Guide", "About"), guides)),
        ("Commands", key_value_table(_COMMANDS)),
    )
    return "\n".join(f"<h2>{name}</h2>\n{content}" for name, content in sections)


def _state(state: ShopState) -> Iterable[tuple[str, str]]:
    yield "Database", _responds(state.has_database)
    yield "Redis", _responds(state.has_redis)
    yield "Changes", _changes(state)
    yield "Failed events", _failed(state.failed_events)


def _responds(is_there: bool) -> str:
    return "responds" if is_there else "<strong>does not respond</strong>"


def _changes(state: ShopState) -> str:
    if not state.has_redis:
        return "unknown, because Redis does not respond"
    if state.read_only_reason is None:
        return "allowed"
    how = f"Run {_code('make read-only OFF=yes')} to allow them"
    return f"<strong>refused</strong>: {html.escape(state.read_only_reason)}. {how}."


def _failed(count: int | None) -> str:
    if count is None:
        return "unknown, because the AWS stand-in does not respond"
    return f"<strong>{count}</strong>: run {_code('make dead-letters')} to list them" if count else "none"


def _places(address: str, payments: str) -> Iterable[tuple[str, str]]:
    yield "API", _code(f"{address}/api/v1")
    yield "Try it", f"{link('/docs', '/docs')}, {link('/openapi.json', 'openapi.json')}"
    yield "Mails", link("/_local/mails", "the latest mails that the shop has sent")
    yield "Requests", link("/_local/requests", "the latest requests, with their log")
    yield "Events", link("/_local/events", "the latest events that consumers have received")
    yield "Payments", payments


def _payments(stripe_url: str | None, *, is_real_stripe: bool) -> str:
    if stripe_url is None:
        return "none"
    kind = "test mode of your account" if is_real_stripe else "local stand-in for Stripe"
    return f"{_code(html.escape(stripe_url))}, {kind}"


def _code(words: str) -> str:
    return f"<code>{words}</code>"
