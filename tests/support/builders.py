"""Builds test data. Every field has a default, so that a test names only what matters to it."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from microshop.authorizer_context import context_of
from microshop.caller import CUSTOMER, Caller, Role
from microshop.messaging.event import ReceivedEvent
from microshop.messaging.outbox import OutboxRow
from microshop.scopes import Scope
from microshop.users.user import Language, User

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
AN_EVENT_ID = "11111111-1111-4111-8111-111111111111"
A_SESSION = "5e" * 32


def a_user(
    *,
    user_id: int = 17,
    email: str = "ada@example.com",
    username: str = "Ada",
    role: Role = CUSTOMER,
    language: Language = "en",
    password_hash: str = "hash",  # noqa: S107 - not a real password
    credentials_version: int = 1,
) -> User:
    return User(user_id, email, username, role, language, password_hash, credentials_version, NOON, NOON)


def a_caller(*, user_id: int = 17, session: str = A_SESSION, scopes: frozenset[Scope] = frozenset()) -> Caller:
    return Caller(user_id, session, scopes)


def an_event(
    *,
    event_type: str = "UserRegistered",
    event_id: str = AN_EVENT_ID,
    trace: str | None = None,
    data: dict[str, Any] | None = None,
) -> ReceivedEvent:
    return ReceivedEvent(event_type, 1, event_id, NOON, trace, data or {"user_id": 17, "language": "en"})


def an_outbox_row(*, row_id: int = 1, detail: str = '{"id":"x"}', trace_header: str | None = None) -> OutboxRow:
    return OutboxRow(row_id, AN_EVENT_ID, "UserRegistered", detail, trace_header, attempts=0)


def a_message(
    *,
    message_id: str = "m-1",
    event_type: str = "UserRegistered",
    event_id: str = AN_EVENT_ID,
    data: dict[str, Any] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    """A record of an SQS batch that an EventBridge rule filled."""
    detail = {
        "id": event_id,
        "version": 1,
        "time": NOON.isoformat(),
        "trace": "Root=1-5759e988-bd862e3fe1be46a994272793",
        "data": data or {"user_id": 17, "language": "en"},
    }
    envelope = {"source": "microshop", "detail-type": event_type, "detail": detail}
    return {
        "messageId": message_id,
        "body": json.dumps(envelope) if body is None else body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }


def a_batch(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(messages)}


def an_api_event(
    *,
    method: str = "GET",
    route: str = "/api/v1/things",
    headers: dict[str, str] | None = None,
    query: dict[str, list[str]] | None = None,
    path: dict[str, str] | None = None,
    body: Any = None,
    raw_body: str | None = None,
    is_base64: bool = False,
    caller: Caller | None = None,
    request_id: str = "gateway-request-1",
) -> dict[str, Any]:
    """An event of API Gateway's REST proxy integration; `body` is sent as JSON, `raw_body` unchanged."""
    sent = raw_body if body is None else json.dumps(body)
    all_headers = {**({"Content-Type": "application/json"} if sent is not None else {}), **(headers or {})}
    context: dict[str, Any] = {"requestId": request_id, "identity": {"sourceIp": "192.0.2.1"}, "httpMethod": method}
    if caller is not None:
        context["authorizer"] = context_of(caller)
    return {
        "resource": route,
        "path": route,
        "httpMethod": method,
        "headers": all_headers,
        "multiValueHeaders": {name: [value] for name, value in all_headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": path,
        "requestContext": context,
        "body": base64.b64encode(sent.encode()).decode() if is_base64 and sent is not None else sent,
        "isBase64Encoded": is_base64,
    }


@dataclass(frozen=True)
class Execution:
    """The context that Lambda gives a handler."""

    aws_request_id: str = "invocation-1"
    function_name: str = "microshop-function"
    milliseconds_left: int = 9_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


def an_execution(*, milliseconds_left: int = 9_000) -> Execution:
    return Execution(milliseconds_left=milliseconds_left)
