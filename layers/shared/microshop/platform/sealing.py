"""Seals bytes with a KMS key, or in the local stack with a local key: a copy of the database does not reveal them.

Sealed bytes are opened only with the context that they were sealed with, so that nobody can move them to another row.
KMS writes the context to CloudTrail: it must not be secret or personal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from microshop.errors import Unavailable
from microshop.platform import aws_json, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    type Context = Mapping[str, str]

LOCAL_PREFIX = "local:"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NONCE_BYTES = 16
_TAG_BYTES = 32


class SealBroken(Exception):
    """The bytes were not sealed with this key and context."""


class LocalKeyRefused(RuntimeError):
    """A local key is configured outside of the local stack."""

    def __init__(self) -> None:
        super().__init__(
            "SEALING_KEY is a local key, and AWS_ENDPOINT_URL is not on this machine: configure a KMS key."
        )


class Sealer(Protocol):
    """Seals and opens bytes.

    Raises, from both methods:
        Unavailable: KMS does not answer, or refuses.
    """

    def seal(self, plain: bytes, context: Context) -> bytes: ...

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Returns the sealed bytes.

        Raises:
            SealBroken: they were sealed with another key or context, or have been changed.
        """
        ...


def sealer() -> Sealer:
    """Returns the sealer of SEALING_KEY: the ARN of a KMS key, or `local:` and a random text.

    Raises:
        LocalKeyRefused: the key is local, and this is not the local stack.
    """
    key = settings.text("SEALING_KEY")
    if not key.startswith(LOCAL_PREFIX):
        return KmsSealer(key)
    if urlsplit(settings.text("AWS_ENDPOINT_URL", "")).hostname not in _LOOPBACK:
        raise LocalKeyRefused
    return LocalSealer(key.removeprefix(LOCAL_PREFIX))


class KmsSealer:
    """Seals up to 4,096 bytes with a symmetric KMS key. KMS authenticates the context (EncryptionContext)."""

    def __init__(self, key_arn: str) -> None:
        self._key_arn = key_arn

    def seal(self, plain: bytes, context: Context) -> bytes:
        """Returns the bytes as KMS encrypts them (Encrypt)."""
        return self._call("Encrypt", "Plaintext", plain, "CiphertextBlob", context)

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Returns the bytes as KMS decrypts them (Decrypt)."""
        return self._call("Decrypt", "CiphertextBlob", sealed, "Plaintext", context)

    def _call(self, action: str, field: str, value: bytes, result: str, context: Context) -> bytes:
        request = {
            "KeyId": self._key_arn,
            field: base64.b64encode(value).decode(),
            "EncryptionContext": dict(context),
        }
        body = json.dumps(request).encode()
        try:
            status, answer = aws_json.post(
                "kms", f"TrentService.{action}", body, endpoint_variable="AWS_ENDPOINT_URL_KMS"
            )
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("kms", type(error).__name__) from error
        try:
            fields = json.loads(answer)
            if status == http.HTTPStatus.OK:
                return base64.b64decode(fields[result], validate=True)
            refusal = str(fields.get("__type", "")).rpartition("#")[2]
        except (ValueError, TypeError, KeyError, AttributeError):
            # The error would quote the plain bytes.
            raise Unavailable("kms", f"status {status} without a readable result") from None
        if refusal in ("InvalidCiphertextException", "IncorrectKeyException"):
            raise SealBroken(refusal)
        raise Unavailable("kms", refusal or f"status {status}")


class LocalSealer:
    """Seals with a key of the local stack. The layer has no cipher, so this one is made of hashes.

    Encrypt-then-MAC: SHAKE-256 of key and nonce is the key stream, HMAC-SHA-256 of context, nonce and ciphertext is the
    tag. Each has a key of its own, derived from the given one.
    """

    def __init__(self, key: str) -> None:
        self._stream_key = hmac.digest(key.encode(), b"stream", "sha256")
        self._tag_key = hmac.digest(key.encode(), b"tag", "sha256")

    def seal(self, plain: bytes, context: Context) -> bytes:
        """Returns nonce, ciphertext and tag."""
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._combine(plain, nonce)
        return nonce + ciphertext + self._tag(nonce, ciphertext, context)

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Returns the plain bytes, after the tag has been checked."""
        nonce, ciphertext, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(nonce, ciphertext, context)):
            raise SealBroken("wrong tag")
        return self._combine(ciphertext, nonce)

    def _combine(self, data: bytes, nonce: bytes) -> bytes:
        stream = hashlib.shake_256(self._stream_key + nonce).digest(len(data))
        return bytes(left ^ right for left, right in zip(data, stream, strict=True))

    def _tag(self, nonce: bytes, ciphertext: bytes, context: Context) -> bytes:
        # JSON delimits the names and values of the context, and its length the rest.
        head = json.dumps(dict(context), sort_keys=True).encode()
        return hmac.digest(self._tag_key, len(head).to_bytes(8, "big") + head + nonce + ciphertext, "sha256")
