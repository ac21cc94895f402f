"""Sends the requests of the tour to the shop and to its payment provider."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from tools.problems import LocalProblem
from tools.tour.step import Json, Step, filled, found

_SECONDS = 35  # API Gateway gives up after 29
_WAITS = 60  # half seconds, for a webhook
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Answer:
    """An answer of the shop or the provider. A body that is not JSON is a text."""

    status: int
    body: Json
    retry_after: int = 1


@dataclass(frozen=True)
class Request:
    """The request of a step, with all values filled in."""

    method: str
    path: str
    body: Json
    form: Mapping[str, str] | None
    headers: Mapping[str, str]


def request_of(step: Step, kept: Mapping[str, Json]) -> Request:
    """Returns the request of a step, with kept values in place of `$name`."""
    method, _, path = str(filled(step.asks, kept)).partition(" ")
    prefix = PREFIX if step.at == "shop" else ""
    return Request(method, prefix + path, filled(step.body, kept), filled(step.form, kept), filled(step.headers, kept))


@dataclass
class Client:
    """Sends requests, and keeps tokens and values for later steps."""

    shop_url: str
    provider_url: str
    kept: dict[str, Json]
    tokens: dict[str, str] = field(default_factory=dict)

    def take(self, step: Step) -> Answer:
        """Send the request of a step and check the answer. Retry a step that waits until the answer is as expected.

        Raises:
            LocalProblem: there is no answer, or not the expected one.
        """
        answer = self._answer(step)
        for _ in range(_WAITS if step.waits else 0):
            if not _differences(step, answer, self.kept):
                break
            time.sleep(0.5)
            answer = self._answer(step)
        if differences := _differences(step, answer, self.kept):
            raise LocalProblem(
                f"the answer to {step.asks} is not the expected one: {'; '.join(differences)}. "
                f"The answer was {answer.status} {json.dumps(answer.body, ensure_ascii=False)}"
            )
        self._keep(step, answer.body)
        return answer

    def _keep(self, step: Step, body: Json) -> None:
        self.kept.update({name: found(body, path) for name, path in step.keeps.items()})
        if "client_secret" in step.keeps:  # Stripe's secrets begin with the id of the payment intent
            self.kept["intent"] = str(self.kept["client_secret"]).partition("_secret_")[0]
        if step.logs_in:
            self.tokens[step.logs_in] = body["token"]

    def _answer(self, step: Step) -> Answer:
        answer = self._asked(step)
        while answer.status == 429 and step.status != 429 and answer.retry_after <= _SECONDS:
            time.sleep(answer.retry_after)
            answer = self._asked(step)
        return answer

    def _asked(self, step: Step) -> Answer:
        wanted = request_of(step, self.kept)
        url = (self.shop_url if step.at == "shop" else self.provider_url) + wanted.path
        try:
            got = requests.request(
                wanted.method,
                url,
                json=wanted.body,
                data=wanted.form,
                headers={**wanted.headers, **self._authorization(step)},
                auth=(str(self.kept["publishable_key"]), "") if step.form else None,
                timeout=_SECONDS,
            )
        except requests.RequestException as error:
            raise LocalProblem(f"{url} does not answer: start the shop with `make run`") from error
        return Answer(got.status_code, _body(got), int(got.headers.get("Retry-After", "1")))

    def _authorization(self, step: Step) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[step.user]}"} if step.user else {}


def _differences(step: Step, answer: Answer, kept: Mapping[str, Json]) -> list[str]:
    differences = [] if answer.status == step.status else [f"its status is {answer.status}, not {step.status}"]
    for path, wanted in filled(step.expects, kept).items():
        value = found(answer.body, path)
        if path == "type":  # steps name the last part of the URN
            value = str(value).rpartition(":")[2]
        if value != wanted:
            differences.append(f"{path} is {value!r}, not {wanted!r}")
    return differences


def _body(got: requests.Response) -> Any:
    try:
        return got.json()
    except ValueError:
        return got.text or None
