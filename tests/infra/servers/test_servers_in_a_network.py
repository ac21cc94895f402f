"""Only the functions reach the created servers, at one port each, in a created network and in an existing VPC."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.deployment import Templates

_EXISTING_VPC = {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-functions,sg-other", "VpcId": "vpc-1"}
_EXISTING_DATABASE = {
    "DatabaseUrl": "mysql://a@b:3306/c?tls=rds&auth=iam",
    "MigrationDatabaseUrl": "mysql://m@b:3306/c?tls=rds&auth=iam",
    "DatabaseResourceId": "db-1",
}
_EXISTING_REDIS = {"RedisUrl": "redis://b"}
# Type of server → its port, and the property with its security groups.
_SERVERS = {
    "AWS::RDS::DBInstance": (3306, "VPCSecurityGroups"),
    "AWS::RDS::DBCluster": (3306, "VpcSecurityGroupIds"),
    "AWS::ElastiCache::ReplicationGroup": (6379, "SecurityGroupIds"),
}


_NETWORKS: dict[str, dict[str, str]] = {
    "created network": {},
    "existing VPC": _EXISTING_VPC,
    "existing VPC and database": _EXISTING_VPC | _EXISTING_DATABASE,
    "existing VPC and Redis": _EXISTING_VPC | _EXISTING_REDIS,
    "existing VPC, database and Redis": _EXISTING_VPC | _EXISTING_DATABASE | _EXISTING_REDIS,
}


class _Ingress(NamedTuple):
    """One rule of a security group for incoming traffic."""

    group: str
    source: str
    protocol: str
    ports: tuple[int, int]


@pytest.fixture(scope="module")
def deployments() -> dict[str, Templates]:
    """A deployment in each network, with each of the servers created, of each engine."""
    return {
        f"{network}, {engine}": Templates(**{"DatabaseUrl": "", "RedisUrl": ""} | given, DatabaseEngine=engine)
        for network, given in _NETWORKS.items()
        for engine in ("mysql", "aurora")
    }


def test_a_server_accepts_the_functions_at_its_port_and_nothing_else(deployments: dict[str, Templates]) -> None:
    wrong = {}
    for name, deployment in deployments.items():
        functions = _groups_of_all_functions(deployment)
        for port, groups in _servers(deployment):
            rules = [rule for rule in _ingress(deployment) if rule.group in groups]
            if [(rule.protocol, rule.ports, rule.source in functions) for rule in rules] != [
                ("tcp", (port, port), True)
            ]:
                wrong[name, port] = rules

    assert wrong == {}


def test_a_server_has_its_own_security_group(deployments: dict[str, Templates]) -> None:
    shared = {}
    for name, deployment in deployments.items():
        servers = list(_servers(deployment))
        groups = [group for _, groups in servers for group in groups]
        if len(set(groups)) != len(servers) or _groups_of_all_functions(deployment).intersection(groups):
            shared[name] = groups

    assert shared == {}
    assert sorted(len(list(_servers(deployment))) for deployment in deployments.values()) == [
        0,
        0,
        1,
        1,
        1,
        1,
        2,
        2,
        2,
        2,
    ]


def test_the_group_of_a_server_is_in_the_vpc_and_allows_no_traffic_out(deployments: dict[str, Templates]) -> None:
    wrong = {}
    for name, deployment in deployments.items():
        groups = {group.stack.ref(group.logical_id): group for group in deployment.of("AWS::EC2::SecurityGroup")}
        [vpc] = [vpc.stack.ref(vpc.logical_id) for vpc in deployment.of("AWS::EC2::VPC")] or [_EXISTING_VPC["VpcId"]]
        for group in {group for _, groups in _servers(deployment) for group in groups}:
            outwards = [rule["CidrIp"] for rule in groups[group]["SecurityGroupEgress"]]
            if (groups[group]["VpcId"], outwards) != (vpc, ["127.0.0.1/32"]):
                wrong[name, group] = outwards

    assert wrong == {}


@pytest.mark.parametrize("existing", [_EXISTING_DATABASE, _EXISTING_REDIS])
def test_a_restored_server_keeps_the_security_group_of_its_predecessor(existing: dict[str, str]) -> None:
    before = Templates(**_EXISTING_VPC, DatabaseUrl="", RedisUrl="")
    after = Templates(**_EXISTING_VPC | {"DatabaseUrl": "", "RedisUrl": ""} | existing)

    assert set(_ingress(after)) == set(_ingress(before))


def _servers(deployment: Templates) -> Iterator[tuple[int, list[str]]]:
    """Yields port and groups of each created server. An instance of a cluster has those of its cluster."""
    for kind, (port, groups) in _SERVERS.items():
        for server in deployment.of(kind):
            if not server["DBClusterIdentifier"] or kind == "AWS::RDS::DBCluster":
                yield port, server[groups]


def _ingress(deployment: Templates) -> Iterator[_Ingress]:
    """Yields the rules for incoming traffic of every created group."""
    rules = [(rule["GroupId"], rule) for rule in deployment.of("AWS::EC2::SecurityGroupIngress")]
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        rules += [(group.stack.ref(group.logical_id), rule) for rule in group["SecurityGroupIngress"] or []]
    for group, rule in rules:
        ports = (int(rule["FromPort"]), int(rule["ToPort"]))
        yield _Ingress(group, rule["SourceSecurityGroupId"], rule["IpProtocol"], ports)


def _groups_of_all_functions(deployment: Templates) -> set[str]:
    """Returns the groups that every function in the network has."""
    configurations = [function["VpcConfig"] for function in deployment.of("AWS::Lambda::Function")]
    return set.intersection(*(set(each["SecurityGroupIds"]) for each in configurations if each))
