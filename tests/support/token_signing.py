"""The environment of a function that authenticates with tokens: credentials, clock and trusted roots."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from microshop.platform import sign_in, tls
from tests.support.certificates import Authority

SECRET_ACCESS_KEY = "wJalrXUtnFEMI"

type Trust = Callable[[Authority], None]


class Clock:
    """The clock of functions, which does not move."""

    now = datetime(2026, 3, 7, 9, 5, 1, tzinfo=UTC)


def with_credentials(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the credentials of a role, as Lambda does."""
    clock = Clock()
    monkeypatch.setattr(sign_in, "_now", lambda: clock.now)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a+session/token==")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return clock


@contextmanager
def with_roots(folder: Path, file_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    """Replaces the layer's file of this name by the roots of an authority."""

    def put_into_layer(authority: Authority) -> None:
        (folder / file_name).write_bytes(authority.roots.read_bytes())
        monkeypatch.setattr(tls, "_CERTIFICATES", str(folder))
        tls.context.cache_clear()

    yield put_into_layer
    tls.context.cache_clear()
