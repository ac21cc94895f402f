"""A function's environment that signs in with tokens: its credentials, its time, and whom it trusts."""

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
    """What functions take for the time; it stands still."""

    now = datetime(2026, 3, 7, 9, 5, 1, tzinfo=UTC)


def with_credentials(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give functions the credentials of a role, as Lambda does."""
    clock = Clock()
    monkeypatch.setattr(sign_in, "_now", lambda: clock.now)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a+session/token==")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return clock


@contextmanager
def with_roots(folder: Path, file_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    """Lets an authority's root stand in for the file of that name in the layer."""

    def put_into_layer(authority: Authority) -> None:
        (folder / file_name).write_bytes(authority.roots.read_bytes())
        monkeypatch.setattr(tls, "_CERTIFICATES", str(folder))
        tls.context.cache_clear()

    yield put_into_layer
    tls.context.cache_clear()
