"""Reads JSON bodies. Stricter than Python's parser: no duplicate keys, NaN, NUL, lone surrogates or huge numbers."""

import base64
import binascii
import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from microshop.errors import ContentTooLarge, FieldProblem, InvalidInput, UnsupportedMediaType
from microshop.text import is_storable

MAX_BODY_BYTES = 256 * 1024

# Longer than any amount, id or quantity. Python takes quadratic time to parse a number.
_MAX_NUMBER_LENGTH = 32
# A field name may have 100,000 characters. This limit keeps the response that quotes it short.
_MAX_PATH_LENGTH = 200


def read_json_object(body: str | None, *, is_base64: bool, content_type: str, content_encoding: str) -> dict[str, Any]:
    """Returns the body as a JSON object.

    Raises:
        UnsupportedMediaType: the body is not application/json, or is compressed.
        ContentTooLarge: the body has more than 256 KiB.
        InvalidInput: the body is not a JSON object, or contains a character or number that cannot be stored.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    if content_encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    text = _decode(body or "", is_base64=is_base64)
    if not text.strip():
        raise _malformed("is empty; a JSON object is expected")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_parse_object,
            parse_constant=_refuse_constant,
            parse_int=_parse_integer,
            parse_float=_parse_number,
        )
        unstorable = list(_find_unstorable(value, ""))
    except RecursionError:
        raise _malformed("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    if not isinstance(value, dict):
        raise _malformed("must be a JSON object")
    if unstorable:
        raise InvalidInput(*(FieldProblem(path, "contains a character that cannot be stored") for path in unstorable))
    return value


def read_bytes(body: str | None, *, is_base64: bool) -> bytes:
    """Returns the body as bytes.

    Raises:
        ContentTooLarge: the body has more than 256 KiB.
        InvalidInput: the body is not valid base64 or UTF-8.
    """
    text = body or ""
    if len(text) > MAX_BODY_BYTES * (2 if is_base64 else 1):
        raise ContentTooLarge("The body is larger than 256 KiB.")
    try:
        raw = base64.b64decode(text, validate=True) if is_base64 else text.encode()
    except (UnicodeError, binascii.Error):
        raise _malformed("is not UTF-8 text") from None
    if len(raw) > MAX_BODY_BYTES:
        raise ContentTooLarge("The body is larger than 256 KiB.")
    return raw


def _decode(body: str, *, is_base64: bool) -> str:
    try:
        return read_bytes(body, is_base64=is_base64).decode()
    except UnicodeError:
        raise _malformed("is not UTF-8 text") from None


def _malformed(reason: str) -> InvalidInput:
    return InvalidInput(FieldProblem("body", reason))


def _parse_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        duplicates = sorted(name for name, count in counts.items() if count > 1)
        raise InvalidInput(*(FieldProblem(_path(name), "is given more than once") for name in duplicates))
    return value


def _refuse_constant(name: str) -> float:
    raise _malformed(f"is not JSON: {name} is not a JSON number")


def _parse_integer(digits: str) -> int:
    if len(digits) > _MAX_NUMBER_LENGTH:
        raise _malformed(f"contains a number of more than {_MAX_NUMBER_LENGTH} digits")
    return int(digits)


def _parse_number(digits: str) -> float:
    if len(digits) > _MAX_NUMBER_LENGTH or not math.isfinite(float(digits)):
        raise _malformed(f"contains a number that is too large or has more than {_MAX_NUMBER_LENGTH} digits")
    return float(digits)


def _find_unstorable(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str) and not is_storable(value):
        yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            if not is_storable(name):
                yield path or "body"
            else:
                yield from _find_unstorable(item, _path(path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_unstorable(item, _path(path, str(index)))


def _path(*parts: str) -> str:
    joined = ".".join(part for part in parts if part)[:_MAX_PATH_LENGTH]
    return joined if joined and is_storable(joined) else "body"  # the response quotes it and must be valid UTF-8
