"""Messages of `make deploy` and `make changes` before the build, with botocore's stubber instead of AWS."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError, UnauthorizedSSOTokenError
from botocore.stub import Stubber

from tools.aws_errors import explain_aws_errors
from tools.problems import LocalProblem
from tools.release.readiness import preflight

_KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}
_PROD = "microshop-prod in account 123456789012, eu-central-1"


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    clients = {name: boto3.client(name, **_KEYS) for name in ("sts", "cloudformation")}  # type: ignore[call-overload]
    monkeypatch.setattr(boto3, "client", lambda service, **_: clients[service])
    with Stubber(clients["sts"]) as sts, Stubber(clients["cloudformation"]) as stubber:
        sts.add_response(
            "get_caller_identity", {"Account": "123456789012", "Arn": "arn:aws:iam::1:user/a", "UserId": "x"}
        )
        yield stubber


def test_deployment_names_account_region_and_missing_parameters(cloudformation: Stubber) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id x does not exist")

    lines = list(preflight("deploy", "prod", first=False))

    assert lines == [
        f"deploy: {_PROD}",
        "note: microshop-prod is new; if its creation fails, it can be deleted only with FIRST=yes",
        "note: infra/stages/prod.yaml leaves out MailSender and OperatorEmail: without them, no mail is delivered",
    ]


def test_deployment_warns_when_first_is_given_for_an_existing_stack(cloudformation: Stubber) -> None:
    stack = {"StackName": "x", "CreationTime": "2026-01-01", "StackStatus": "UPDATE_COMPLETE"}
    cloudformation.add_response("describe_stacks", {"Stacks": [stack]})

    assert any("microshop-prod exists" in line for line in preflight("deploy", "prod", first=True))


def test_changes_need_a_stack_to_compare_with(cloudformation: Stubber) -> None:
    cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack with id x does not exist")

    with pytest.raises(LocalProblem, match=f"there is no {_PROD} to compare with: `make deploy STAGE=prod` creates it"):
        list(preflight("changes", "prod", first=False))


def test_unknown_stage_is_refused_with_the_list_of_stages() -> None:
    with pytest.raises(LocalProblem, match="STAGE must be one of dev, staging, prod, not nope"):
        list(preflight("deploy", "nope", first=False))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "there are no AWS credentials: sign in, or name a profile with AWS_PROFILE"),
        (NoRegionError(), "there is no AWS region: name one with AWS_REGION, such as eu-central-1"),
        (UnauthorizedSSOTokenError(), "your AWS session has expired, sign in again"),
    ],
)
def test_missing_aws_access_is_explained(error: Exception, expected: str) -> None:
    with pytest.raises(LocalProblem, match=expected), explain_aws_errors():
        raise error
