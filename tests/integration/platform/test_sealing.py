"""KMS and the local key seal alike. KMS is the stand-in, which authenticates the context as AWS does."""

from collections.abc import Callable

import pytest

from microshop.errors import Unavailable
from microshop.platform.sealing import (
    KmsSealer,
    LocalKeyRefused,
    LocalSealer,
    SealBroken,
    Sealer,
    sealer,
)
from tools.local.events.resources import client

type MakeKey = Callable[[], Sealer]

_CONTEXT = {"purpose": "second-factor", "user_id": "17"}
_SECRET = bytes(range(20))


@pytest.fixture(autouse=True)
def _function(monkeypatch: pytest.MonkeyPatch, aws_endpoint_url: str) -> None:
    """The environment of a function."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "local")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_endpoint_url)
    monkeypatch.delenv("AWS_ENDPOINT_URL_KMS", raising=False)


@pytest.fixture(params=["kms", "local"])
def make_key(request: pytest.FixtureRequest, aws_endpoint_url: str) -> MakeKey:
    """Makes a new key."""
    keys = iter(range(100))
    if request.param == "local":
        return lambda: LocalSealer(f"key {next(keys)}")
    kms = client("kms", aws_endpoint_url)
    return lambda: KmsSealer(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.mark.parametrize("plain", [_SECRET, b"\0", b"x" * 1000], ids=["secret", "one byte", "long"])
def test_sealed_bytes_are_opened_with_the_same_context(make_key: MakeKey, plain: bytes) -> None:
    key = make_key()
    sealed = key.seal(plain, _CONTEXT)

    assert key.open(sealed, dict(reversed(_CONTEXT.items()))) == plain
    assert plain == b"\0" or plain not in sealed


def test_sealing_twice_gives_different_bytes(make_key: MakeKey) -> None:
    key = make_key()

    assert key.seal(_SECRET, _CONTEXT) != key.seal(_SECRET, _CONTEXT)


def test_sealed_secret_fits_its_column(make_key: MakeKey) -> None:
    assert len(make_key().seal(_SECRET, _CONTEXT)) <= 512


@pytest.mark.parametrize("context", [{}, {"purpose": "second-factor"}, {**_CONTEXT, "user_id": "18"}])
def test_another_context_opens_nothing(make_key: MakeKey, context: dict[str, str]) -> None:
    key = make_key()
    sealed = key.seal(_SECRET, _CONTEXT)

    with pytest.raises(SealBroken):
        key.open(sealed, context)


def test_another_key_opens_nothing(make_key: MakeKey) -> None:
    sealed = make_key().seal(_SECRET, _CONTEXT)

    # AWS answers with IncorrectKeyException, the stand-in with AccessDeniedException.
    with pytest.raises((SealBroken, Unavailable)):
        make_key().open(sealed, _CONTEXT)


@pytest.mark.parametrize("position", [-1, -33])
def test_changed_bytes_are_refused(make_key: MakeKey, position: int) -> None:
    key = make_key()
    sealed = bytearray(key.seal(_SECRET, _CONTEXT))
    sealed[position] ^= 1

    with pytest.raises(SealBroken):
        key.open(bytes(sealed), _CONTEXT)


@pytest.mark.parametrize("sealed", [b"short", b"x" * 48])
def test_other_bytes_are_refused(make_key: MakeKey, sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        make_key().open(sealed, _CONTEXT)


def test_missing_kms_key_counts_as_unavailable() -> None:
    with pytest.raises(Unavailable, match="kms does not answer: NotFoundException"):
        KmsSealer("arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000").seal(b"x", _CONTEXT)


def test_silent_kms_counts_as_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")

    with pytest.raises(Unavailable, match="kms"):
        KmsSealer("arn").seal(b"x", _CONTEXT)


def test_setting_decides_which_key_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALING_KEY", "local:secret")
    assert isinstance(sealer(), LocalSealer)

    monkeypatch.setenv("SEALING_KEY", "arn:aws:kms:us-east-1:123456789012:key/1")
    assert isinstance(sealer(), KmsSealer)


@pytest.mark.parametrize("endpoint", [None, "https://kms.eu-central-1.amazonaws.com", "http://127.0.0.1.example.com"])
def test_local_key_is_refused_outside_of_the_local_stack(endpoint: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALING_KEY", "local:secret")
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    else:
        monkeypatch.delenv("AWS_ENDPOINT_URL")

    with pytest.raises(LocalKeyRefused):
        sealer()
