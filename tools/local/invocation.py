"""Invokes a function of the running stack, for commands."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.local.runner_lock import require_running_stack
from tools.problems import LocalProblem

_SECONDS = 900  # the maximum timeout of a function


class InvocationProblem(LocalProblem):
    """The function could not be invoked, or failed. The message says why."""


class FunctionFailed(InvocationProblem):
    """The function raised an error. The message has the text and the class of the error."""

    def __init__(self, function: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"{function} failed: {error.get('errorMessage')} ({error.get('errorType')}); read its log")


def invoke(data_folder: Path, function: str, event: str) -> Any:
    """Returns the result of the function for an event in JSON.

    Raises:
        LocalProblem: the stack is not running.
        InvocationProblem: the stack does not respond, or there is no such function.
        FunctionFailed: the function raised an error.
    """
    stack = require_running_stack(data_folder)
    connection = http.client.HTTPConnection(urlsplit(stack["control_url"]).netloc, timeout=_SECONDS)
    try:
        connection.request("POST", f"/2015-03-31/functions/{function}/invocations", event.encode())
        response = connection.getresponse()
        result = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: another program has the port
        raise InvocationProblem(f"the shop does not respond ({error!r}): start it again with `make run`") from error
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise InvocationProblem(f"{function} was not invoked: {result['Message']}")
    if response.getheader("X-Amz-Function-Error"):
        raise FunctionFailed(function, result)
    return result
