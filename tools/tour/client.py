"""The HTTP client of the tour, for the shop and its payment provider."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from tools.problems import LocalProblem
from tools.tour.step import Json, Step, field_value, fill_in

_SECONDS = 35  # API Gateway times out after 29
_POLLS = 60  # half seconds, for a webhook
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Response:
    """A response of the shop or the provider. A body that is not JSON is a text."""

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


def request_of(step: Step, saved: Mapping[str, Json]) -> Request:
    """Returns the request of a step. Saved values replace `$name`."""
    method, _, path = str(fill_in(step.request, saved)).partition(" ")
    prefix = PREFIX if step.target == "shop" and not step.mail_subject else ""
    return Request(
        method, prefix + path, fill_in(step.body, saved), fill_in(step.form, saved), fill_in(step.headers, saved)
    )


@dataclass
class Client:
    """Sends requests, and saves tokens and values for later steps."""

    shop_url: str
    provider_url: str
    saved: dict[str, Json]
    tokens: dict[str, str] = field(default_factory=dict)

    def execute(self, step: Step) -> Response:
        """Send the request of a step and check the response. Repeat a polled step until it is as expected.

        Raises:
            LocalProblem: there is no response, or an unexpected one.
        """
        response = self._response(step)
        for _ in range(_POLLS if step.is_polled or step.mail_subject else 0):
            if not _differences(step, response, self.saved):
                break
            time.sleep(0.5)
            response = self._response(step)
        if differences := _differences(step, response, self.saved):
            raise LocalProblem(
                f"unexpected response to {step.request}: {'; '.join(differences)}. "
                f"The response was {response.status} {json.dumps(response.body, ensure_ascii=False)}"
            )
        self._save(step, response.body)
        return response

    def _save(self, step: Step, body: Json) -> None:
        self.saved.update({name: field_value(body, path) for name, path in step.saves.items()})
        if "client_secret" in step.saves:  # client secrets of Stripe begin with the id of the payment intent
            self.saved["intent"] = str(self.saved["client_secret"]).partition("_secret_")[0]
        if step.logs_in:
            self.tokens[step.logs_in] = body["token"]

    def _response(self, step: Step) -> Response:
        response = self._send(step)
        while response.status == 429 and step.status != 429 and response.retry_after <= _SECONDS:
            time.sleep(response.retry_after)
            response = self._send(step)
        return response

    def _send(self, step: Step) -> Response:
        request = request_of(step, self.saved)
        url = (self.shop_url if step.target == "shop" else self.provider_url) + request.path
        try:
            got = requests.request(
                request.method,
                url,
                json=request.body,
                data=request.form,
                headers={**request.headers, **self._authorization(step)},
                auth=(str(self.saved["publishable_key"]), "") if step.form else None,
                timeout=_SECONDS,
            )
        except requests.RequestException as error:
            raise LocalProblem(f"{url} does not respond: start the shop with `make run`") from error
        body = _body(got)
        if step.mail_subject:
            body = _mail(body, str(self.saved["email"]), step.mail_subject)
        return Response(got.status_code, body, int(got.headers.get("Retry-After", "1")))

    def _authorization(self, step: Step) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[step.user]}"} if step.user else {}


def _differences(step: Step, response: Response, saved: Mapping[str, Json]) -> list[str]:
    differences = [] if response.status == step.status else [f"its status is {response.status}, not {step.status}"]
    if step.mail_subject and not response.body:
        differences.append(f"there is no mail with the subject {step.mail_subject!r}")
    for path, expected in fill_in(step.expected, saved).items():
        value = field_value(response.body, path)
        if path == "type":  # steps name the last part of the URN
            value = str(value).rpartition(":")[2]
        if value != expected:
            differences.append(f"{path} is {value!r}, not {expected!r}")
    return differences


def _mail(mails: Json, address: str, subject: str) -> Json:
    """Returns the newest mail to the address whose subject begins so, with the token of its link; or None."""
    found = (mail for mail in mails if mail["to"] == address and mail["subject"].startswith(subject))
    mail = next(found, None)
    return mail and {**mail, "token": mail["text"].partition("#token=")[2].split(maxsplit=1)[0]}


def _body(got: requests.Response) -> Any:
    try:
        return got.json()
    except ValueError:
        return got.text or None
