"""Runs the functions of the previous or the current release, and sends requests to them as HTTP clients do."""

from __future__ import annotations

import copy
import io
import json
import os
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.support import release_process
from tools.previous_release import released_archive

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = ("functions", "layers/shared", "events")


class ReleaseBroken(Exception):
    """A function of the release failed."""


def unpack_previous_release(folder: Path, *wanted: str) -> Path:
    """Unpack files and folders of the previous release; its code if none is named. Returns the folder.

    Raises:
        PreviousReleaseMissing: the clone is shallow.
    """
    with tarfile.open(fileobj=io.BytesIO(released_archive(*(wanted or _CODE)))) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Release:
    """The functions of a release, invoked in a process of that release. A context manager.

    Args:
        folder: has functions/, layers/shared/ and events/.
        environment: the variables that a template would set.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", release_process.__file__, str(self._folder)],
            env={**inherited, **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        with self._process:
            pass

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Returns the answer of the function `orders/place_order`.

        Releases keep the names of functions and may move them to other folders.

        Raises:
            ReleaseBroken: it raised.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        [file] = self._folder.glob(f"functions/**/{Path(name).name}.py")
        print(
            json.dumps({"function": str(file.relative_to(self._folder / "functions").with_suffix("")), "event": event}),
            file=self._process.stdin,
            flush=True,
        )
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise ReleaseBroken(f"{name}: {answer['error']}")
        return answer["result"]

    def scheduled(self, name: str) -> Any:
        """The answer of a function to its schedule."""
        return self.invoke(name, self._sample(name))

    def request(
        self, name: str, *, by: Mapping[str, str] | None = None, order: object = None, body: object = None, **query: str
    ) -> Any:
        """Send a request. Returns the body of the answer. `by` is the authorizer's context of the caller.

        Raises:
            ReleaseBroken: the status is 400 or more.
        """
        event = self._sample(name)
        event["body"] = None if body is None else json.dumps(body)
        event["queryStringParameters"] = query or None
        event["multiValueQueryStringParameters"] = {key: [value] for key, value in query.items()} or None
        event["pathParameters"] = None if order is None else {"id": str(order)}
        if by is not None:
            event["requestContext"]["authorizer"] = dict(by)
        if "idempotency-key" in event["headers"]:
            key = str(uuid.uuid4())
            event["headers"]["idempotency-key"], event["multiValueHeaders"]["idempotency-key"] = key, [key]
        answer = self.invoke(name, event)
        if answer["statusCode"] >= 400:
            raise ReleaseBroken(f"{name}: {answer['statusCode']} {answer['body']}")
        return json.loads(answer["body"] or "null")

    def log_in(self, email: str, password: str) -> Mapping[str, str]:
        """Log in. Returns the authorizer's context of the user."""
        token = self.request("users/log_in", body={"email": email, "password": password})["token"]
        event = self._sample("gateway/authorizer") | {"authorizationToken": f"Bearer {token}"}
        policy = self.invoke("gateway/authorizer", event)
        return {"principalId": policy["principalId"], **policy["context"]}

    def _sample(self, name: str) -> dict[str, Any]:
        text = (self._folder / "events" / f"{Path(name).name}.json").read_text(encoding="utf-8")
        event: dict[str, Any] = copy.deepcopy(json.loads(text))
        return event
