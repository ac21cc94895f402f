"""The operator's way into a deployed stack, with AWS's answers played by botocore's stubber."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from infra.local.deployed import invoke_deployed
from infra.local.problems import LocalProblem

_KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}


class _Aws:
    """CloudFormation and Lambda, which answer what the test has told them to."""

    def __init__(self) -> None:
        self.cloudformation = boto3.client("cloudformation", **_KEYS)  # type: ignore[call-overload]
        self.functions = boto3.client("lambda", **_KEYS)  # type: ignore[call-overload]
        self.stubs = (Stubber(self.cloudformation), Stubber(self.functions))

    def client(self, service: str, **_: Any) -> Any:
        return self.functions if service == "lambda" else self.cloudformation

    def has_stack(self, **outputs: str) -> None:
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        stack = {"StackName": "shop", "CreationTime": "2026-01-01", "StackStatus": "CREATE_COMPLETE", "Outputs": listed}
        self.stubs[0].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "shop"})

    def answers(self, result: object, **more: str) -> None:
        body = json.dumps(result).encode()
        answer = {"Payload": StreamingBody(io.BytesIO(body), len(body)), **more}
        self.stubs[1].add_response("invoke", answer, {"FunctionName": "shop-reconcile", "Payload": b'{"days": 1}'})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Aws]:
    played = _Aws()
    monkeypatch.setattr(boto3, "client", played.client)
    with played.stubs[0], played.stubs[1]:
        yield played


def test_the_function_that_the_stack_names_is_invoked(aws: _Aws) -> None:
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.answers({"disagreements": 0})

    assert invoke_deployed("shop", "ReconcileFunctionName", '{"days": 1}') == {"disagreements": 0}


def test_a_function_that_fails_says_so(aws: _Aws) -> None:
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.answers({"errorType": "Unavailable", "errorMessage": "database does not answer"}, FunctionError="Unhandled")

    with pytest.raises(LocalProblem, match="shop-reconcile failed: Unavailable: database does not answer"):
        invoke_deployed("shop", "ReconcileFunctionName", '{"days": 1}')


def test_a_stack_that_is_no_microshop_is_named(aws: _Aws) -> None:
    aws.has_stack(SomethingElse="x")

    with pytest.raises(LocalProblem, match="the stack shop has no output ReconcileFunctionName"):
        invoke_deployed("shop", "ReconcileFunctionName", "{}")


def test_what_aws_refuses_is_one_sentence(aws: _Aws) -> None:
    aws.stubs[0].add_client_error("describe_stacks", "ValidationError", "Stack with id shop does not exist")

    with pytest.raises(LocalProblem, match="Stack with id shop does not exist"):
        invoke_deployed("shop", "ReconcileFunctionName", "{}")
