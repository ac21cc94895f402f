"""The operator's access to a deployed stack, with botocore's stubber instead of AWS."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from tools.aws_errors import AccessDenied
from tools.operator.deployed_stack import DeployedStack
from tools.problems import LocalProblem

_KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
_SERVICES = ("cloudformation", "lambda", "sts", "logs")
_ADA = "arn:aws:sts::123456789012:assumed-role/Operator/ada@example.com"
_DENIED = "User: x is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:f because no policy"


class _Aws:
    """AWS clients with stubbed responses."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name, **_KEYS) for name in _SERVICES}  # type: ignore[call-overload]
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def client(self, service: str, **_: Any) -> Any:
        return self.clients[service]

    def has_stack(self, **outputs: str) -> None:
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        stack = {"StackName": "shop", "CreationTime": "2026-01-01", "StackStatus": "CREATE_COMPLETE", "Outputs": listed}
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "shop"})

    def has_caller_ada(self) -> None:
        self.stubs["sts"].add_response("get_caller_identity", {"Arn": _ADA, "UserId": "x", "Account": "123456789012"})

    def answers(self, result: object, **more: str) -> None:
        body = json.dumps(result).encode()
        answer = {"Payload": StreamingBody(io.BytesIO(body), len(body)), **more}
        self.stubs["lambda"].add_response("invoke", answer, {"FunctionName": "shop-reconcile", "Payload": ANY})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Aws]:
    stubbed = _Aws()
    monkeypatch.setattr(boto3, "client", stubbed.client)
    for stub in stubbed.stubs.values():
        stub.activate()
    yield stubbed
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()


def test_function_is_invoked_by_its_output_with_the_operators_name(aws: _Aws) -> None:
    sent = list[bytes]()
    aws.clients["lambda"].meta.events.register(
        "provide-client-params.lambda.Invoke", lambda params, **_: sent.append(params["Payload"])
    )
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.has_caller_ada()
    aws.answers({"disagreements": 0})

    assert DeployedStack("shop").invoke("ReconcileFunction", days=1) == {"disagreements": 0}

    operator = "arn:aws:sts::123456789012:assumed-role/Operator/ada"
    assert json.loads(sent[0]) == {"days": 1, "operator": operator}


def test_invocation_is_not_retried(aws: _Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict[str, Any]()

    def client(service: str, **options: Any) -> Any:
        given[service] = options.get("config")
        return aws.client(service)

    monkeypatch.setattr(boto3, "client", client)
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.has_caller_ada()
    aws.answers({"disagreements": 0})

    DeployedStack("shop").invoke("ReconcileFunction", repair=True)

    assert given["lambda"].retries == {"total_max_attempts": 1}


def test_failed_function_is_reported_in_one_sentence(aws: _Aws) -> None:
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.has_caller_ada()
    aws.answers({"errorType": "Unavailable", "errorMessage": "database does not answer"}, FunctionError="Unhandled")

    with pytest.raises(LocalProblem, match=r"shop-reconcile failed: database does not answer \(Unavailable\)"):
        DeployedStack("shop").invoke("ReconcileFunction")


def test_stack_without_the_outputs_of_microshop_is_refused(aws: _Aws) -> None:
    aws.has_stack(SomethingElse="x")

    with pytest.raises(LocalProblem, match="the stack shop has no output ReconcileFunctionName"):
        DeployedStack("shop").invoke("ReconcileFunction")


def test_missing_stack_is_named_with_its_region(aws: _Aws) -> None:
    aws.stubs["cloudformation"].add_client_error(
        "describe_stacks", "ValidationError", "Stack with id shop does not exist"
    )

    with pytest.raises(LocalProblem, match="there is no stack shop in eu-central-1 in this AWS account: check STACK"):
        _ = DeployedStack("shop").api_url


def test_missing_permission_is_named(aws: _Aws) -> None:
    aws.has_stack(ReconcileFunctionName="shop-reconcile")
    aws.has_caller_ada()
    aws.stubs["lambda"].add_client_error("invoke", "AccessDeniedException", _DENIED)

    with pytest.raises(AccessDenied, match=r"ask for the permission lambda:InvokeFunction on arn:aws:lambda:f$"):
        DeployedStack("shop").invoke("ReconcileFunction")


def test_expired_session_is_not_a_missing_permission(aws: _Aws) -> None:
    aws.stubs["cloudformation"].add_client_error("describe_stacks", "ExpiredToken", "The security token has expired")

    with pytest.raises(LocalProblem, match="sign in again"):
        _ = DeployedStack("shop").api_url


def test_last_error_of_a_message_is_the_newest_in_the_log(aws: _Aws) -> None:
    aws.has_stack(EventLogGroupName="shop-events")
    query = {
        "logGroupName": "shop-events",
        "startTime": 1795514400000,
        "filterPattern": '{ $.message_id = "5e-1" && $.message = "event failed" }',
    }
    pages: list[dict[str, Any]] = [
        {"events": [_failure(1), _failure(2)], "nextToken": "more"},
        {"events": [], "nextToken": "more still"},
        {"events": [_failure(3)]},
    ]
    for page, token in zip(pages, ({}, {"nextToken": "more"}, {"nextToken": "more still"}), strict=True):
        aws.stubs["logs"].add_response("filter_log_events", page, {**query, **token})

    found = DeployedStack("shop").last_error("5e-1", datetime(2026, 11, 24, 10, tzinfo=UTC))

    assert found is not None
    assert (found.at, found.traceback) == ("2026-11-24T10:00:03Z", "ValueError: 3")


def _failure(number: int) -> dict[str, str]:
    record = {"timestamp": f"2026-11-24T10:00:0{number}Z", "exception": f"ValueError: {number}"}
    return {"message": json.dumps(record)}
