"""The shop's HTTP API as commands use it: JSON in, JSON out, and patience where the shop asks for it."""

import time
from http import HTTPStatus
from typing import Any

import requests

from tools.problems import LocalProblem

_SECONDS = 35  # API Gateway gives up after 29
_ATTEMPTS = 5
_ASKS_FOR_PATIENCE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Refused(LocalProblem):
    """The shop refuses; `kind` is the end of the problem's type, such as `sku-taken`, `fields` the wrong fields."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        self.fields = {each["field"] for each in problem.get("errors", ())}
        reasons = "; ".join(f"{each['field']} {each['reason']}" for each in problem.get("errors", ()))
        super().__init__(f"the shop refuses: {reasons or problem.get('detail') or problem}")


class Api:
    """A client, without or with a token."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"
        self._session = requests.Session()

    def log_in(self, email: str, password: str) -> str:
        """From now on as this user; the user's role.

        Raises:
            Refused: address or password are wrong, or too many were tried.
            LocalProblem: the shop does not answer.
        """
        found = self.post("/users/login", {"email": email, "password": password})
        self._session.headers["Authorization"] = f"Bearer {found['token']}"
        return str(found["user"]["role"])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the shop answers. It is asked again where it asks to wait.

        Raises:
            Refused: it refuses.
            LocalProblem: it does not answer.
        """
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._session.post(f"{self._url}{path}", json=body, timeout=_SECONDS)
            except requests.RequestException as error:
                raise LocalProblem(
                    f"the shop at {self._url} does not answer: is it running, and is the network?"
                ) from error
            if answer.ok:
                return answer.json()
            refused = Refused(_problem(answer))
            wait = int(answer.headers.get("Retry-After", "1"))
            if answer.status_code not in _ASKS_FOR_PATIENCE or wait > _SECONDS or attempt == _ATTEMPTS - 1:
                raise refused
            time.sleep(wait)
        raise AssertionError  # the last attempt returns or raises


def _problem(answer: requests.Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = answer.json()
    except ValueError:
        return {"detail": f"it answers {answer.status_code} without a reason"}
    return found
