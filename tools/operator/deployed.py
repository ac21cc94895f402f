"""Owns the operator's way into a deployed stack: functions by the outputs that name them, with the operator's rights.

Region and credentials are those of the AWS command line.
"""

import contextlib
import functools
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from tools.local.invocation import FunctionFailed
from tools.operator.stacks import FAILED, LoggedError, logged_error
from tools.problems import LocalProblem

_SECONDS = 900  # what a function may take at most
_LOG_PAGES = 20
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_UNKNOWN_CALLER = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")


class AccessDenied(LocalProblem):
    """The operator has not got the right."""


class DeployedStack:
    """A stack in the account and region that the AWS command line would use."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def api_url(self) -> str:
        return self._output("ApiUrl")

    def invoke(self, function: str, **event: object) -> Any:
        called = self._output(f"{function}Name")
        config = Config(read_timeout=_SECONDS, retries={"total_max_attempts": 1})
        with self._asking():
            payload = json.dumps({**event, "operator": self._operator()}).encode()
            answer = _client("lambda", config=config).invoke(FunctionName=called, Payload=payload)
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailed(called, result)
        return result

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:
        group = self._output("EventLogGroupName")
        if not re.fullmatch(r"[A-Za-z0-9-]+", message_id):
            return None
        found, more = None, dict[str, str]()
        with self._asking():
            for _ in range(_LOG_PAGES):
                page = _client("logs").filter_log_events(
                    logGroupName=group,
                    startTime=int(since.timestamp() * 1000),
                    filterPattern=f'{{ $.message_id = "{message_id}" && $.message = "{FAILED}" }}',
                    **more,
                )
                found = page["events"][-1]["message"] if page["events"] else found
                if "nextToken" not in page:
                    break
                more = {"nextToken": page["nextToken"]}
        return logged_error(json.loads(found)) if found else None

    @functools.cached_property
    def _outputs(self) -> dict[str, str]:
        with self._asking():
            [stack] = _client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def _output(self, name: str) -> str:
        if name not in self._outputs:
            raise LocalProblem(f"the stack {self.name} has no output {name}: is it a microshop, and up to date?")
        return self._outputs[name]

    def _operator(self) -> str:
        # Sessions of a single sign-on are named after a mail address, which no log is to hold.
        return str(_client("sts").get_caller_identity()["Arn"]).partition("@")[0]

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except NoCredentialsError:
            raise LocalProblem("there are no AWS credentials: sign in, or name them with AWS_PROFILE") from None
        except NoRegionError:
            raise LocalProblem("there is no AWS region: name it with AWS_REGION") from None
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _DENIED:
                raise AccessDenied(f"AWS does not let you: ask for the right to {_right(error)}") from error
            if code in _UNKNOWN_CALLER:
                raise LocalProblem("your AWS session has ended: sign in again") from error
            raise LocalProblem(f"AWS was asked about the stack {self.name} in vain: {error}") from error
        except BotoCoreError as error:
            raise LocalProblem(f"AWS was asked about the stack {self.name} in vain: {error}") from error


def _client(service: str, **more: Any) -> Any:
    return boto3.client(service, **more)  # type: ignore[call-overload]


def _right(error: Any) -> str:
    named = re.search(r"perform: (\S+)(?: on resource: (\S+))?", str(error))
    if named is None:
        return str(error.operation_name)
    return " on ".join(part for part in named.groups() if part)
