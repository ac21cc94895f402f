"""A client of the shop's HTTP API for commands. It waits and retries after a 429 or 503."""

import time
from http import HTTPStatus
from typing import Any

import requests

from tools.problems import LocalProblem

_TIMEOUT_SECONDS = 35  # API Gateway gives up after 29
_ATTEMPTS = 5
_RETRIED_STATUSES = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Refused(LocalProblem):
    """The shop refused a request.

    `kind` is the last part of the problem's type, such as `sku-taken`; `fields` are the names of the invalid fields.
    """

    def __init__(self, problem: dict[str, Any]) -> None:
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        self.fields = {each["field"] for each in problem.get("errors", ())}
        reasons = "; ".join(f"{each['field']} {each['reason']}" for each in problem.get("errors", ()))
        super().__init__(f"the shop refused the request: {reasons or problem.get('detail') or problem}")


class Api:
    """A client, anonymous until it logs in."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"
        self._session = requests.Session()

    def log_in(self, email: str, password: str) -> str:
        """Log in for all further requests. Returns the user's role.

        Raises:
            Refused: the address or the password is wrong, or there were too many attempts.
            LocalProblem: the shop does not answer.
        """
        found = self.post("/users/login", {"email": email, "password": password})
        self._session.headers["Authorization"] = f"Bearer {found['token']}"
        return str(found["user"]["role"])

    def get(self, path: str) -> Any:
        """Returns the body of the response, as `post` does."""
        return self._request("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Returns the body of the response. Retries after 429 and 503.

        Raises:
            Refused: the shop refused the request.
            LocalProblem: the shop does not answer.
        """
        return self._request("POST", path, body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._session.request(method, f"{self._url}{path}", json=body, timeout=_TIMEOUT_SECONDS)
            except requests.RequestException as error:
                raise LocalProblem(
                    f"the shop at {self._url} does not answer: check that it runs and that the network works"
                ) from error
            if answer.ok:
                return answer.json()
            refused = Refused(_problem(answer))
            wait = int(answer.headers.get("Retry-After", "1"))
            if answer.status_code not in _RETRIED_STATUSES or wait > _TIMEOUT_SECONDS or attempt == _ATTEMPTS - 1:
                raise refused
            time.sleep(wait)
        raise AssertionError  # the last attempt returns or raises


def _problem(answer: requests.Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = answer.json()
    except ValueError:
        return {"detail": f"status {answer.status_code} without a reason"}
    return found
