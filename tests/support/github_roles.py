"""The roles of infra/github-oidc.yaml, and the resources that a deployment with them creates."""

import functools
from typing import Any

from tests.support.cloudformation_calls import Provided, provided
from tests.support.deployment import ROOT
from tests.support.iam import Call, Policies
from tools.templates import stages
from tools.templates.model import ACCOUNT, REGION
from tools.templates.stack import Stack

ROLES_FILE = ROOT / "infra" / "github-oidc.yaml"
ENVIRONMENTS = ("staging", "prod")
_FILLED_IN = {
    "DatabaseProxy": "on",
    "MailSender": "shop@example.com",
    "OperatorEmail": "operator@example.com",
    "StripeSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:stripe",
    "DomainName": "api.example.com",
    "CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
    "HostedZoneId": "Z1",
    "MonthlyBudgetUsd": "3000",
}
# Together they create every resource of every template.
VARIANTS: dict[str, dict[str, str]] = {
    "all that an operator fills in": _FILLED_IN,
    "Aurora, endpoints": _FILLED_IN | {"DatabaseEngine": "aurora", "DatabaseMultiAz": "true", "Egress": "endpoints"},
    "without a distribution": _FILLED_IN | {"Distribution": "off"},
    "an existing VPC": _FILLED_IN
    | {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-functions", "VpcId": "vpc-1"},
}


class Roles:
    """The roles of one environment as an administrator deploys them."""

    def __init__(self, environment: str, repository: str = "somebody/shop") -> None:
        self.stack = Stack(
            ROLES_FILE,
            name=f"microshop-github-{environment}",
            parameters={"Repository": repository, "Environment": environment, "ProviderArn": "arn:aws:iam::1:x"},
            aws_endpoint_url="http://aws.invalid",
        )
        self.build = f"{self.stack.arn('Artifacts')}/0123456789abcdef"
        [deploying] = self.stack.property("DeployRole", "Policies")
        self.deploy = Policies(deploying["PolicyDocument"]["Statement"])
        self.execution_role = self.stack.arn("ExecutionRole")
        self.execution_statements = [
            statement
            for logical_id, _ in self.stack.resources("AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
            for statement in self.stack.property(logical_id, "PolicyDocument")["Statement"]
        ]
        self.execution = Policies(self.execution_statements)

    def trust(self, role: str) -> dict[str, Any]:
        """Returns the statement that says who may assume the role."""
        [statement] = self.stack.property(role, "AssumeRolePolicyDocument")["Statement"]
        return dict(statement)


@functools.cache
def roles_of(environment: str) -> Roles:
    """Returns the roles of the environment for the repository somebody/shop."""
    return Roles(environment)


@functools.cache
def resources_of(environment: str, variant: str) -> list[Provided]:
    """Returns every resource that a deployment of the variant creates."""
    root = Stack(
        ROOT / "template.yaml",
        name=f"microshop-{environment}",
        parameters=stages.parameters(environment) | VARIANTS[variant],
        aws_endpoint_url="http://aws.invalid",
    )
    return provided(root, execution_role=roles_of(environment).execution_role, build=roles_of(environment).build)


def passing(role: str, service: str) -> Call:
    """Returns the call that passes a role to a service."""
    return Call("iam:PassRole", role, (("iam:PassedToService", service),))
