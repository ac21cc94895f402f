"""Every parameter of the root template takes effect when it alone is changed.

It changes a resource; a changed API gets another deployment, and a changed function behind an alias another version.
"""

import functools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import samtranslator.model.apigateway as sam_of_the_api
import yaml

from tests.support.deployment import ROOT
from tools.release.code_version import code_version
from tools.templates.sam import load, refusal
from tools.templates.stack import Stack

_DATABASE = "mysql://microshop_app@database.invalid:3306/microshop?tls=rds&auth=iam"
_ARN = "arn:aws:{}:us-east-1:123456789012:{}"
_CREATED: dict[str, str] = {"Waf": "on", "DomainName": "api.example.com", "CertificateArn": _ARN.format("acm", "a")}
_AURORA = {"DatabaseEngine": "aurora"}
_EXISTING = {
    "SubnetIds": "subnet-a,subnet-b",
    "SecurityGroupIds": "sg-a",
    "DatabaseUrl": _DATABASE,
    "MigrationDatabaseUrl": _DATABASE,
    "DatabaseResourceId": "db-A",
    "DatabaseIdentifier": "a",
    "DatabaseAdminSecretArn": _ARN.format("secretsmanager", "secret:a"),
    "RedisUrl": "rediss://microshop@redis.invalid:6379/0?tls=amazon&auth=iam&cache=a",
    "RedisCacheArn": _ARN.format("elasticache", "replicationgroup:a"),
    "RedisUserArn": _ARN.format("elasticache", "user:a"),
}
_OWN_VPC = {"SubnetIds": "subnet-a,subnet-b", "SecurityGroupIds": "sg-a", "VpcId": "vpc-a"}
# The value that each parameter is changed to, in a shop whose servers the stack creates.
_CHANGED = {
    "Stage": "prod",
    "CodeVersion": "1111111111",
    "DeploymentPreference": "Canary10Percent5Minutes",
    "ReservesConcurrency": "yes",
    "VpcCidr": "10.30.0.0/16",
    "ZoneCount": "3",
    "Egress": "endpoints",
    "DatabaseEngine": "aurora",
    "Languages": "en,zh,de",
    "DatabaseInstanceClass": "db.m7g.large",
    "DatabaseStorageGiB": "30",
    "DatabaseMaxStorageGiB": "200",
    "DatabaseMultiAz": "true",
    "DatabaseMaxConnections": "90",
    "DatabaseProxy": "on",
    "DatabaseBackupDays": "7",
    "DeletionProtection": "true",
    "RedisNodeType": "cache.t4g.small",
    "RedisReplicas": "1",
    "Waf": "count",
    "WafRateLimit": "3000",
    "BackOfficeWafRateLimit": "300",
    "CredentialWafRateLimit": "100",
    "Distribution": "on",
    "DomainName": "shop.example.com",
    "CertificateArn": _ARN.format("acm", "b"),
    "HostedZoneId": "Z1",
    "PublicUrl": "https://api.example.com",
    "MailSender": "sales@example.com",
    "OperatorEmail": "ada@example.com",
    "ShopName": "Lanterns",
    "ShopTimeZone": "Europe/Berlin",
    "Currency": "EUR",
    "ShippingFeeMinor": "590",
    "FreeShippingFromMinor": "6000",
    "TaxRateBasisPoints": "1900",
    "OrderExpiryMinutes": "60",
    "MaxUnpaidOrders": "6",
    "MaxUnitsPerLine": "50",
    "PaymentProvider": "another",
    "StripeSecretArn": _ARN.format("secretsmanager", "secret:stripe"),
    "StripeApiUrl": "https://stripe.example.com",
    "StripeOwner": "lanterns",
    "StripeKeyPrefix": "lanterns",
    "ErasureGraceDays": "7",
    "ExportRetentionDays": "8",
    "ReconciliationDays": "40",
    "CorsOrigin": "https://www.example.com",
    "ErrorCatalogueUrl": "https://docs.example.com/errors",
    "StorefrontUrl": "https://www.example.com",
    "SessionLifetimeSeconds": "3600",
    "StaffSecondFactor": "required",
    "AuthorizerTtlSeconds": "60",
    "StageRateLimit": "200",
    "StageBurstLimit": "200",
    "BackOfficeRateLimit": "20",
    "BackOfficeBurstLimit": "30",
    "CredentialRateLimit": "30",
    "CredentialBurstLimit": "50",
    "LinkRateLimit": "10",
    "LinkBurstLimit": "6",
    "SessionRequestsPerMinute": "100",
    "ApiKeyRequestsPerMinute": "1000",
    "AccountRequestsPerMinute": "2000",
    "AccountOrdersPerHour": "20",
    "AccountPaymentsPerHour": "10",
    "AccountRefundsPerHour": "50",
    "ClientLoginsPerHour": "100",
    "ClientRegistrationsPerHour": "10",
    "ClientMailsPerHour": "10",
    "ClientLinksPerHour": "30",
    "LogLevel": "DEBUG",
    "LogRetentionDays": "60",
    "EndpointMetrics": "on",
    "ContinuousRelay": "off",
    "QueueVisibilitySeconds": "200",
    "QueueMaxReceives": "6",
    "OutboxRetentionDays": "8",
    "InboxRetentionDays": "40",
    "MonthlyBudgetUsd": "50",
    "ManageApiGatewayAccount": "no",
}
# The same with Aurora, and with existing servers.
_CHANGED_WITH_AURORA = {"DatabaseMinAcu": "1", "DatabaseMaxAcu": "8"}
_CHANGED_SERVERS = {
    "SubnetIds": "subnet-c,subnet-d",
    "SecurityGroupIds": "sg-b",
    "DatabaseUrl": _DATABASE.replace("database.invalid", "restored.invalid"),
    "MigrationDatabaseUrl": _DATABASE.replace("database.invalid", "restored.invalid"),
    "DatabaseResourceId": "db-B",
    "DatabaseIdentifier": "b",
    "DatabaseAdminSecretArn": "",
    "RedisUrl": "rediss://microshop@other.invalid:6379/0?tls=amazon&auth=iam&cache=b",
    "RedisCacheArn": _ARN.format("elasticache", "replicationgroup:b"),
    "RedisUserArn": _ARN.format("elasticache", "user:b"),
}
_CASES = [
    *((_CREATED, name, value) for name, value in _CHANGED.items()),
    (_CREATED | {"Distribution": "on"}, "EdgeSecretVersion", "0123456789abcdef0123456789abcdef"),
    *((_AURORA, name, value) for name, value in _CHANGED_WITH_AURORA.items()),
    (_OWN_VPC, "VpcId", "vpc-b"),
    *((_EXISTING, name, value) for name, value in _CHANGED_SERVERS.items()),
]
type Address = tuple[str, str]  # stack and logical id


def test_every_parameter_is_changed_once_to_an_accepted_value() -> None:
    declared = load(ROOT / "template.yaml")["Parameters"]

    assert sorted(name for _, name, _ in _CASES) == sorted(declared)
    assert [reason for _, name, value in _CASES if (reason := refusal(declared, name, value))] == []


def test_every_parameter_changes_a_resource() -> None:
    assert {name for given, name, value in _CASES if not _changed(given, name, value)} == set()


def test_a_changed_definition_of_the_api_is_deployed() -> None:
    changing = [case for case in _CASES if _changed(*case, "AWS::ApiGateway::RestApi")]
    undeployed = {
        name
        for given, name, value in changing
        if _deployments(_resources(given)) & _deployments(_resources(given | {name: value}, at=2))
    }

    assert {name for _, name, _ in changing} >= {"CorsOrigin", "AuthorizerTtlSeconds"}
    assert undeployed == set()


def test_a_changed_function_behind_an_alias_is_published(tmp_path: Path) -> None:
    changing = [
        (given, name, value)
        for given, name, value in _CASES
        if any(stack == "microshop" for stack, _ in _changed(given, name, value, "AWS::Lambda::Function"))
    ]

    unpublished = {
        name
        for given, name, value in changing
        if name != "CodeVersion" and _code_version(given, tmp_path) == _code_version(given | {name: value}, tmp_path)
    }

    assert {name for _, name, _ in changing} >= {"CorsOrigin", "LogLevel", "ReservesConcurrency"}
    assert unpublished == set()


def test_another_code_version_publishes_every_function_behind_an_alias() -> None:
    before, after = (
        {address for address, body in _resources(_CREATED | given).items() if body["Type"] == "AWS::Lambda::Version"}
        for given in ({}, {"CodeVersion": "1111111111"})
    )

    assert before
    assert not before & after


def _changed(given: dict[str, str], name: str, value: str, *kinds: str) -> set[Address]:
    """Returns the added, removed and changed resources; a nested stack that only passes the value on does not count."""
    before, after = _resources(given), _resources(given | {name: value})
    found = {address for address in before.keys() | after.keys() if before.get(address) != after.get(address)}
    kind_of = {address: (after.get(address) or before[address])["Type"] for address in found}
    return {
        address
        for address, kind in kind_of.items()
        if kind != "AWS::CloudFormation::Stack" and (not kinds or kind in kinds)
    }


def _deployments(resources: dict[Address, Any]) -> set[Address]:
    return {address for address, body in resources.items() if body["Type"] == "AWS::ApiGateway::Deployment"}


def _code_version(given: dict[str, str], folder: Path) -> str:
    """Returns the CodeVersion that `make build` gives a stage with these parameters."""
    (folder / "build").mkdir(exist_ok=True)
    (folder / "build" / "template.yaml").touch()
    (folder / "stage.yaml").write_text(yaml.safe_dump({"Stage": "dev"} | given), encoding="utf-8")
    return code_version(folder / "build", folder / "stage.yaml")


def _resources(given: dict[str, str], *, at: int = 1) -> dict[Address, dict[str, Any]]:
    """Returns every resource, resolved, as deployed at that second: the API's deployment is named after the clock."""
    return _deployed(tuple(sorted(given.items())), at)


@functools.cache
def _deployed(given: tuple[tuple[str, str], ...], at: int) -> dict[Address, dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sam_of_the_api, "time", SimpleNamespace(time=lambda: at))
        root = Stack(
            ROOT / "template.yaml", name="microshop", parameters=dict(given), aws_endpoint_url="http://aws.invalid"
        )
        return {
            (stack.name, logical_id): body | {"Properties": _properties(stack, logical_id, body)}
            for stack in root.walk()
            for logical_id, body in stack.resources()
        }


def _properties(stack: Stack, logical_id: str, body: dict[str, Any]) -> dict[str, Any]:
    return {name: stack.property(logical_id, name) for name in body.get("Properties", {})}
