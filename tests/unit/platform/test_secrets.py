"""Secrets are cached for ten minutes, and longer while Secrets Manager does not answer."""

from collections.abc import Mapping

import pytest

from microshop.errors import Unavailable
from microshop.platform.secrets import Secrets
from tests.support.output import Output

_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:microshop-stripe"


class _SecretsManager:
    """Returns or raises `value`, and counts the calls."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.asked = 0
        self.value: Mapping[str, str] | Unavailable = {"secret_key": "sk_1"}
        self.secrets = Secrets(self._fetch, lambda: self.now)

    def _fetch(self, _arn: str) -> Mapping[str, str]:
        self.asked += 1
        if isinstance(self.value, Unavailable):
            raise self.value
        return self.value


@pytest.fixture
def manager() -> _SecretsManager:
    return _SecretsManager()


def test_secret_is_fetched_once_in_ten_minutes(manager: _SecretsManager) -> None:
    manager.secrets.get(_ARN)
    manager.now += 599

    assert manager.secrets.get(_ARN) == {"secret_key": "sk_1"}
    assert manager.asked == 1


def test_rotated_secret_arrives_after_ten_minutes(manager: _SecretsManager) -> None:
    manager.secrets.get(_ARN)
    manager.value = {"secret_key": "sk_2"}
    manager.now += 600

    assert manager.secrets.get(_ARN) == {"secret_key": "sk_2"}


def test_every_secret_is_cached_separately(manager: _SecretsManager) -> None:
    manager.secrets.get(_ARN)
    manager.value = {"secret_key": "another"}

    assert manager.secrets.get(f"{_ARN}-2") == {"secret_key": "another"}


def test_failure_is_raised_without_an_earlier_value(manager: _SecretsManager) -> None:
    manager.value = Unavailable("secrets", "TimeoutError")

    with pytest.raises(Unavailable, match="secrets does not answer: TimeoutError"):
        manager.secrets.get(_ARN)


def test_last_good_value_is_used_while_secrets_manager_is_down(manager: _SecretsManager, output: Output) -> None:
    manager.secrets.get(_ARN)
    manager.value = Unavailable("secrets", "TimeoutError")
    manager.now += 3600

    assert manager.secrets.get(_ARN) == {"secret_key": "sk_1"}
    assert "sk_1" not in output.text


def test_silent_secrets_manager_is_called_again_after_30_seconds(manager: _SecretsManager, output: Output) -> None:
    manager.secrets.get(_ARN)
    manager.value = Unavailable("secrets", "TimeoutError")
    manager.now += 600
    manager.secrets.get(_ARN)
    manager.secrets.get(_ARN)
    assert manager.asked == 2

    manager.value = {"secret_key": "sk_2"}
    manager.now += 30
    assert manager.secrets.get(_ARN) == {"secret_key": "sk_2"}
