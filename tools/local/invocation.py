"""Owns the operator's way into the running stack: invoking a function by its name."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.local.runner_lock import the_running_stack
from tools.problems import LocalProblem

_SECONDS = 900  # what a function may take at most


class InvocationProblem(LocalProblem):
    """The function could not be invoked or failed; the text says why."""


class FunctionFailed(InvocationProblem):
    """The function raised an error; the text has the error's words, then its class."""

    def __init__(self, function: str, error: Mapping[str, Any]) -> None:
        super().__init__(
            f"{function} failed: {error.get('errorMessage')} ({error.get('errorType')}); its log says more"
        )


def invoke(data_folder: Path, function: str, event: str) -> Any:
    """What the function returns for an event, given as JSON.

    Raises:
        LocalProblem: no stack runs.
        InvocationProblem: the stack does not answer, or there is no such function.
        FunctionFailed: it raised an error.
    """
    stack = the_running_stack(data_folder)
    connection = http.client.HTTPConnection(urlsplit(stack["control_url"]).netloc, timeout=_SECONDS)
    try:
        connection.request("POST", f"/2015-03-31/functions/{function}/invocations", event.encode())
        answer = connection.getresponse()
        result = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: another program has the port
        raise InvocationProblem(f"microshop does not answer ({error!r}): start it anew with `make run`") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise InvocationProblem(f"{function} was not invoked: {result['Message']}")
    if answer.getheader("X-Amz-Function-Error"):
        raise FunctionFailed(function, result)
    return result
