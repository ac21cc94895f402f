"""The request that endpoints receive, read from API Gateway's proxy event."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from microshop.authorizer_context import caller_in
from microshop.errors import FieldProblem, InvalidInput, Unauthenticated
from microshop.http.query import QueryParameters
from microshop.limits import MAX_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from microshop.caller import Caller
    from microshop.idempotency.key import IdempotencyKey
    from microshop.request_limits import LimitUse

_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_PATH_TEXT = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
# The beginning of pydantic's messages that name its own types.
_PYDANTIC_SUBJECT = re.compile(r"^(?:Input|String|List|Value|Data) should")
_REASONS = {
    "extra_forbidden": "is not a field of this request",
    "missing": "is required",
    "model_type": "must be a JSON object",
}
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_KEY_HEADER = "idempotency-key"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


class Request:
    """A request; its parts are parsed on first use. http/endpoint.py explains the flags that the endpoint declares."""

    def __init__(
        self, event: Mapping[str, Any], *, is_public: bool = False, reads_query: bool = False, takes_key: bool = False
    ) -> None:
        self._event = event
        self._is_public = is_public
        self._reads_query = reads_query
        self._takes_key = takes_key
        self.limit_use: LimitUse | None = None  # what the request's limits leave; the frame sets it

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return str(self._event["httpMethod"])

    @property
    def is_write(self) -> bool:
        """Whether the method is not a safe one (RFC 9110, 9.2.1)."""
        return self.method not in _SAFE_METHODS

    @property
    def route(self) -> str:
        """The path as template.yaml declares it, such as /api/v1/products/{id}."""
        return str(self._event["resource"])

    @functools.cached_property
    def id(self) -> str:
        """The client's X-Request-Id if it is short and plain, else API Gateway's request id."""
        sent = self.header("x-request-id")
        if _REQUEST_ID.fullmatch(sent):
            return sent
        return str(self._event["requestContext"]["requestId"])

    @functools.cached_property
    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in (self._event.get("headers") or {}).items()}

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers by their lower-case names."""
        return self._headers

    def header(self, name: str) -> str:
        """Returns a header by its lower-case name: the last one if it was sent twice, "" if it was not sent."""
        return self._headers.get(name, "")

    @property
    def source_address(self) -> str:
        """The network address that connected to API Gateway."""
        return str(self._event["requestContext"]["identity"]["sourceIp"])

    @functools.cached_property
    def caller(self) -> Caller | None:
        """The caller as the authorizer describes it; None on public endpoints."""
        context = self._event["requestContext"].get("authorizer") or {}
        return caller_in(context, self.id) if context.get("user_id") else None

    def require_caller(self) -> Caller:
        """Returns the caller of an endpoint that requires one.

        Raises:
            Unauthenticated: the endpoint is public.
        """
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    def path_id(self, name: str) -> int:
        """Returns a path parameter as the id of a row.

        Raises:
            InvalidInput: the parameter cannot be an id.
        """
        value = (self._event.get("pathParameters") or {}).get(name, "")
        if not _ID.fullmatch(value) or int(value) > MAX_ID:
            raise InvalidInput(FieldProblem(name, "must be a positive whole number"))
        return int(value)

    def path_text(self, name: str, max_length: int) -> str:
        """Returns a path parameter that is a name, such as that of a queue.

        Raises:
            InvalidInput: it is too long, or has other characters than letters, digits and hyphens.
        """
        value: str = (self._event.get("pathParameters") or {}).get(name, "")
        if len(value) > max_length or not _PATH_TEXT.fullmatch(value):
            reason = f"must have 1 to {max_length} letters, digits and hyphens"
            raise InvalidInput(FieldProblem(name, reason))
        return value

    @property
    def subject_id(self) -> int | None:
        """The path's `id` for the log; None if there is none or it is invalid."""
        try:
            return self.path_id("id")
        except InvalidInput:
            return None

    def idempotency_key(self, body: BaseModel) -> IdempotencyKey | None:
        """Returns the caller's Idempotency-Key for this request; None if none was sent.

        Raises:
            InvalidInput: the key is not 1 to 128 visible ASCII characters, or was sent twice.
            Unauthenticated: the endpoint is public.
        """
        from microshop.idempotency.key import idempotency_key  # noqa: PLC0415 - loaded by functions that use keys

        if not self._takes_key:
            raise RuntimeError("endpoint() refuses the key unless the endpoint declares takes_key=True")
        operation = f"{self.method} {self._event['path']}"
        return idempotency_key(
            self.require_caller().user_id, self._idempotency_keys(), operation, body.model_dump(mode="json")
        )

    def has_body(self) -> bool:
        """Whether a body was sent, for endpoints where it is optional."""
        return bool(self._event.get("body"))

    def raw_body(self) -> bytes:
        """Returns the body as it was sent, so that its signature can be checked.

        Raises:
            ContentTooLarge: the body has more than 256 KiB.
            InvalidInput: the body is not valid base64 or UTF-8.
        """
        from microshop.http.body import read_bytes  # noqa: PLC0415 - functions that read no body do not load it

        return read_bytes(self._event.get("body"), is_base64=bool(self._event.get("isBase64Encoded")))

    def query(self) -> QueryParameters:
        """Returns the query parameters."""
        if not self._reads_query:
            raise RuntimeError("endpoint() refuses parameters unless the endpoint declares reads_query=True")
        return self._query()

    @property
    def query_values(self) -> Mapping[str, Sequence[str]]:
        """All query parameters, also unknown ones, by name."""
        return self._event.get("multiValueQueryStringParameters") or {}

    def refuse_undeclared(self) -> None:
        """Refuse an Idempotency-Key and query parameters that the endpoint does not read.

        Otherwise a client might rely on a key that has no effect or on a filter that is ignored.

        Raises:
            InvalidInput: there is a key, even an empty one, or a parameter. Public endpoints ignore parameters.
        """
        if not self._takes_key and self._idempotency_keys():
            raise InvalidInput(FieldProblem("Idempotency-Key", "is not supported by this endpoint; leave it out"))
        if not self._reads_query:
            self._query().finish()

    def _query(self) -> QueryParameters:
        return QueryParameters(self.query_values, ignores_unknown=self._is_public)

    def _idempotency_keys(self) -> list[str]:
        sent: Mapping[str, Sequence[str]] = self._event.get("multiValueHeaders") or {}
        return [value for name, values in sent.items() if name.lower() == _KEY_HEADER for value in values]

    def body[Model: BaseModel](self, model: type[Model]) -> Model:
        """Returns the JSON body as `model`.

        Raises:
            UnsupportedMediaType, ContentTooLarge: see read_json_object.
            InvalidInput: fields are missing, unknown or invalid; it names each of them.
        """
        # Functions that read no body do not load them.
        from pydantic import ValidationError  # noqa: PLC0415

        from microshop.http.body import read_json_object  # noqa: PLC0415

        value = read_json_object(
            self._event.get("body"),
            is_base64=bool(self._event.get("isBase64Encoded")),
            content_type=self.header("content-type"),
            content_encoding=self.header("content-encoding"),
        )
        try:
            return model.model_validate(value)
        except ValidationError as error:
            # The rejected input is left out: it may be a password.
            details = error.errors(include_url=False, include_input=False)
            raise InvalidInput(*(_field_problem(detail) for detail in details)) from None


def _field_problem(detail: ErrorDetails) -> FieldProblem:
    from microshop.schemas import FIELD_ERROR  # noqa: PLC0415 - loaded with the request model

    parts = [str(part) for part in detail["loc"]]
    if detail["type"] == FIELD_ERROR:
        parts.append(detail["ctx"]["field"])
    # The tag of a union's member (schemas.tag) is not a field that the client sent.
    field = ".".join(part for part in parts if not part.startswith("<"))[:200] or "body"
    reason = detail["msg"].removeprefix("Value error, ").partition(" after validation")[0]
    return FieldProblem(field, _REASONS.get(detail["type"]) or _PYDANTIC_SUBJECT.sub("must", reason))
