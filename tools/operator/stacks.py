"""The interface to a stack, and the local stack, which commands reach through its control port."""

import getpass
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from tools.local.invocation import invoke
from tools.local.log_file import read_records
from tools.local.runner_lock import require_running_stack
from tools.problems import LocalProblem

FAILED = "event failed"  # the message in microshop/messaging/consumer.py
# Variables by the field of the function's event, where the names differ.
_VARIABLES = {"queues": "QUEUE", "message_id": "ID"}


class OperatorMistake(LocalProblem):
    """A function refused the operator's request; `kind` is the class of its error."""

    def __init__(self, mistake: Mapping[str, Any]) -> None:
        self.kind = str(mistake["kind"])
        fields = [
            f"{_VARIABLES.get(each['field'], each['field'].upper())} {each['reason']}" for each in mistake["fields"]
        ]
        super().__init__("; ".join(fields) or str(mistake["explanation"]))


@dataclass(frozen=True)
class LoggedError:
    """An error in a consumer's log: its time and traceback."""

    at: str
    traceback: str


class Stack(Protocol):
    """A running stack.

    Raises, from every method:
        OperatorMistake: the function refused the request.
        LocalProblem: the stack does not run, has no such function, or the function failed.
    """

    @property
    def name(self) -> str: ...

    @property
    def api_url(self) -> str:
        """The base URL of its API, without `/api/v1`."""
        ...

    def invoke(self, function: str, **event: object) -> Any:
        """Returns the result of the function with that logical id. The event also names the operator."""
        ...

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:
        """Returns the last error of a consumer at a message, or None."""
        ...


class LocalStack:
    """The stack of `make run`."""

    name = "the local stack"

    def __init__(self, data_folder: Path) -> None:
        self._data_folder = data_folder

    @property
    def api_url(self) -> str:
        return require_running_stack(self._data_folder)["url"]

    def invoke(self, function: str, **event: object) -> Any:
        # Not user@host: the functions' log removes mail addresses and similar text.
        operator = f"{getpass.getuser()} on {socket.gethostname()}"
        return result_of(invoke(self._data_folder, function, json.dumps({**event, "operator": operator})))

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:  # noqa: ARG002 - the log is small
        found = None
        for record in read_records(self._data_folder / "logs" / "functions.log"):
            if record.get("message_id") == message_id and record.get("message") == FAILED:
                found = record
        return logged_error(found) if found else None


def result_of(answer: Any) -> Any:
    """Returns the result of a function, unless it is a refusal.

    Raises:
        OperatorMistake: the function refused the request.
    """
    if isinstance(answer, dict) and "mistake" in answer:
        raise OperatorMistake(answer["mistake"])
    return answer


def logged_error(record: Mapping[str, Any]) -> LoggedError:
    """Returns the error in a record of the functions' log."""
    return LoggedError(str(record.get("timestamp")), str(record.get("exception") or record.get("exception_name")))
