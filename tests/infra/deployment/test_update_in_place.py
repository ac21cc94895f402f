"""An update of a stack of the previous release replaces nothing: resources keep stack, logical id and name."""

import functools
from pathlib import Path

import pytest

from tests.support.deployment import ROOT
from tests.support.releases import unpack_previous_release
from tools.templates.stack import Stack

# Functions of operators, which keep no state, may move to another stack with their roles.
# Empty this list when `previous_release` in pyproject.toml moves on.
_MOVED: set[str] = set()
# SAM publishes new ones for each version of the code and derives their logical ids from a hash.
_VERSIONED = {"AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion", "AWS::Lambda::Version"}
# Properties whose change replaces a resource, beside its type and name.
_FIXED = {
    "AWS::Events::Archive": "SourceArn",
    "AWS::Lambda::EventSourceMapping": "EventSourceArn",
    "AWS::SNS::Subscription": "TopicArn Protocol",
    "AWS::RDS::DBInstance": "Engine DBName MasterUsername StorageEncrypted DBSubnetGroupName",
    "AWS::RDS::DBCluster": "Engine DatabaseName MasterUsername StorageEncrypted DBSubnetGroupName",
    "AWS::ElastiCache::ReplicationGroup": "AtRestEncryptionEnabled CacheSubnetGroupName",
}
_DATABASE = "mysql://user@database.invalid/shop"
# A deployment all at once has no resources of CodeDeploy, which keep no state and are created again when needed.
_GRADUAL = {"DeploymentPreference": "Canary10Percent5Minutes"}
# Together they create every resource that the templates have.
_DEPLOYMENTS = {
    "bare": {
        "DatabaseUrl": _DATABASE,
        "MigrationDatabaseUrl": _DATABASE,
        "DatabaseAdminSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin",
        "RedisUrl": "redis://redis.invalid",
    },
    "mysql": {"MonthlyBudgetUsd": "50", "ZoneCount": "3"},
    "aurora": {
        "DatabaseEngine": "aurora",
        "DatabaseMultiAz": "true",
        "Egress": "endpoints",
        "Waf": "on",
        "DomainName": "api.example.com",
        "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/api",
        "HostedZoneId": "Z1",
    },
}

type Address = tuple[str, str]  # stack and logical id
type Identity = tuple[object, ...]  # type, physical name, and the other properties that cannot change


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the previous release's templates."""
    return unpack_previous_release(tmp_path_factory.mktemp("previous"), "template.yaml", "infra")


@pytest.mark.parametrize("deployment", _DEPLOYMENTS)
def test_resources_keep_stack_logical_id_and_name(deployment: str, previous: Path) -> None:
    before, after = _resources(previous, deployment), _resources(ROOT, deployment)

    changed = [
        f"{'/'.join(address)}: {identity} became {after.get(address, 'nothing')}"
        for address, identity in before.items()
        if after.get(address) != identity and not _may_move(address)
    ]

    assert not changed, "\n".join(changed)


def test_exactly_the_listed_functions_have_moved(previous: Path) -> None:
    before, after = _resources(previous, "mysql"), _resources(ROOT, "mysql")

    moved = {logical_id for _, logical_id in before.keys() - after.keys()} - {f"{name}Role" for name in _MOVED}

    assert moved == _MOVED
    assert {logical_id for _, logical_id in after} >= _MOVED


def test_functions_that_move_have_no_fixed_name(previous: Path) -> None:
    # An update creates the new function before it deletes the old one; two of one name cannot exist.
    before, after = _resources(previous, "mysql"), _resources(ROOT, "mysql")

    for name in _MOVED:
        [old], [new] = ([each[1] for address, each in some.items() if address[1] == name] for some in (before, after))
        assert old != new


def _may_move(address: Address) -> bool:
    return address[1].removesuffix("Role") in _MOVED


@functools.cache
def _resources(folder: Path, deployment: str) -> dict[Address, Identity]:
    root = Stack(
        folder / "template.yaml",
        name="microshop",
        parameters=_GRADUAL | _DEPLOYMENTS[deployment],
        aws_endpoint_url="http://aws.invalid",
    )
    return {
        (stack.name, logical_id): _identity(stack, logical_id, resource["Type"])
        for stack in root.walk()
        for logical_id, resource in stack.resources()
        if resource["Type"] not in _VERSIONED
    }


def _identity(stack: Stack, logical_id: str, kind: str) -> Identity:
    return (
        kind,
        stack.physical_name(logical_id),
        *(stack.property(logical_id, name) for name in _FIXED.get(kind, "").split()),
    )
