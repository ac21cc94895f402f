"""The HTTP client of a load test."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from tools.load.measurements import NO_ANSWER
from tools.problems import LocalProblem

_TIMEOUT_SECONDS = 35  # API Gateway gives up after 29
_ATTEMPTS = 10
_RETRIED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Its status is NO_ANSWER if there was none; `problem` is the type of the error."""

    status: int
    body: Any = None
    problem: str = ""
    retry_after: int = 1

    @property
    def is_ok(self) -> bool:
        return NO_ANSWER < self.status < HTTPStatus.BAD_REQUEST


class Client:
    """Sends requests to one shop. It does not limit its connections, because requests would queue for them."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/api/v1"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            headers={"User-Agent": "microshop-load"},
            trust_env=True,
        )

    async def close(self) -> None:
        await self._session.close()

    async def send(
        self, method: str, path: str, *, token: str = "", body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Returns the response to a request of the API."""
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return await self._answer(method, self._url + path, headers=sent, json=body)

    async def send_form(self, url: str, form: Mapping[str, str], key: str) -> Answer:
        """Returns the response of the payment provider to a request with a publishable key."""
        return await self._answer("POST", url, data=form, auth=aiohttp.BasicAuth(key))

    async def require(
        self, method: str, path: str, *, token: str = "", body: object = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Returns the body of a successful response. Retries after 429 and 503.

        Raises:
            LocalProblem: the shop refused the request or does not answer.
        """
        for _ in range(_ATTEMPTS):
            answer = await self.send(method, path, token=token, body=body, headers=headers)
            if answer.is_ok:
                return answer.body
            if answer.status not in _RETRIED:
                break
            await asyncio.sleep(answer.retry_after)
        if answer.status == NO_ANSWER:
            raise LocalProblem(f"{self._url} does not answer ({answer.problem}): check URL and network")
        raise Refused(method, path, answer)

    async def _answer(self, method: str, url: str, **options: Any) -> Answer:
        try:
            async with self._session.request(method, url, **options) as response:
                content = await response.read()
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError too
            return Answer(NO_ANSWER, problem=type(error).__name__)
        body = _parsed(content)
        problem = _problem_type(body) if response.status >= HTTPStatus.BAD_REQUEST else ""
        retry_after = response.headers.get("Retry-After", "")
        return Answer(response.status, body, problem, int(retry_after) if retry_after.isdecimal() else 1)


class Refused(LocalProblem):
    """The shop refused a request of the preparation."""

    def __init__(self, method: str, path: str, answer: Answer) -> None:
        self.answer = answer
        body = answer.body if isinstance(answer.body, dict) else {}
        fields = "; ".join(f"{each['field']} {each['reason']}" for each in body.get("errors", ()))
        reason = fields or body.get("detail") or answer.problem
        super().__init__(f"the shop refused {method} {path}: {answer.status} {reason}")


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _problem_type(body: Any) -> str:
    return str(body.get("type", "")).rpartition(":")[2] if isinstance(body, dict) else ""
