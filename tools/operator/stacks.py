"""Owns the operator's way into a stack: the local one by its control port, a deployed one by its outputs."""

import getpass
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from tools.local.invocation import invoke
from tools.local.kept_log import kept_records
from tools.local.runner_lock import the_running_stack
from tools.problems import LocalProblem

FAILED = "event failed"  # as microshop/messaging/consumer.py says it


# Fields of the functions' events whose variables have other names.
_VARIABLES = {"queues": "QUEUE", "message_id": "ID"}


class OperatorMistake(LocalProblem):
    """A function refuses what the operator asks; `kind` is the class of its error."""

    def __init__(self, mistake: Mapping[str, Any]) -> None:
        self.kind = str(mistake["kind"])
        fields = [
            f"{_VARIABLES.get(each['field'], each['field'].upper())} {each['reason']}" for each in mistake["fields"]
        ]
        super().__init__("; ".join(fields) or str(mistake["explanation"]))


@dataclass(frozen=True)
class LoggedError:
    """The last failure that a log tells of: when, and the traceback."""

    at: str
    trace: str


class Stack(Protocol):
    """A shop that runs somewhere.

    Raises, from every method:
        OperatorMistake: the function refuses what it is asked.
        LocalProblem: it does not run, there is no such function, or it failed; one sentence says what to do.
    """

    @property
    def name(self) -> str: ...

    @property
    def api_url(self) -> str:
        """Where its API is, without `/api/v1`."""
        ...

    def invoke(self, function: str, **event: object) -> Any:
        """What the function with that logical id answers; the event also says who asks."""
        ...

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:
        """How a consumer last failed at a message."""
        ...


class LocalStack:
    """The stack that `make run` runs."""

    name = "the local stack"

    def __init__(self, data_folder: Path) -> None:
        self._data_folder = data_folder

    @property
    def api_url(self) -> str:
        return the_running_stack(self._data_folder)["url"]

    def invoke(self, function: str, **event: object) -> Any:
        # Not as user@host: the functions' log lets no mail address through, nor what looks like one.
        operator = f"{getpass.getuser()} on {socket.gethostname()}"
        return checked(invoke(self._data_folder, function, json.dumps({**event, "operator": operator})))

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:  # noqa: ARG002 - all there is, is little
        found = None
        for record in kept_records(self._data_folder / "logs" / "functions.log"):
            if record.get("message_id") == message_id and record.get("message") == FAILED:
                found = record
        return logged_error(found) if found else None


def checked(answer: Any) -> Any:
    """Returns the answer of a function.

    Raises:
        OperatorMistake: the answer is a refusal.
    """
    if isinstance(answer, dict) and "mistake" in answer:
        raise OperatorMistake(answer["mistake"])
    return answer


def logged_error(record: Mapping[str, Any]) -> LoggedError:
    """What a record of the functions' log says of a failure."""
    return LoggedError(str(record.get("timestamp")), str(record.get("exception") or record.get("exception_name")))
