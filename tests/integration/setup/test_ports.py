"""The ports on which the shop can listen, and the messages for other ports."""

import errno
import re
import socket

import pytest

from tools.problems import LocalProblem
from tools.setup import port
from tools.setup.port import port_number, refuse_unusable


@pytest.mark.parametrize("text", ["0", "3000", "65535"])
def test_a_port_is_a_number(text: str) -> None:
    assert port_number(text) == int(text)


@pytest.mark.parametrize("text", ["abc", "", "99999", "65536", "-1", "3000.0", "٣٠٠٠"])
def test_an_invalid_port_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(LocalProblem, match=rf"^PORT={re.escape(text)} is not a port: .* `make run PORT=3\d\d\d`$"):
        port_number(text)


def test_a_port_in_use_is_refused_with_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]

        with pytest.raises(LocalProblem, match=rf"^Port {number} cannot be used \(Address already in use\)") as refused:
            refuse_unusable(number)

    refuse_unusable(_suggested_port(refused))


def test_a_privileged_port_is_refused_with_an_unprivileged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "_bind", _bind_unprivileged)

    with pytest.raises(LocalProblem, match=r"^Port 80 cannot be used \(only root may listen there\)") as refused:
        refuse_unusable(80)

    assert _suggested_port(refused) == 3000


def _bind_unprivileged(number: int) -> None:
    if number < 1024:
        raise PermissionError(errno.EACCES, "Permission denied")


def _suggested_port(refused: pytest.ExceptionInfo[LocalProblem]) -> int:
    return int(str(refused.value).rpartition("PORT=")[2].rstrip("`"))
