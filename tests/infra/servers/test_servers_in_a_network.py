"""Who reaches the created servers: the functions, at one port of each, in a created network and in an existing VPC."""

from collections.abc import Iterator
from itertools import product
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
# Type of server → its port, and the property with its groups.
_SERVERS = {
    "AWS::RDS::DBInstance": (3306, "VPCSecurityGroups"),
    "AWS::RDS::DBCluster": (3306, "VpcSecurityGroupIds"),
    "AWS::ElastiCache::ReplicationGroup": (6379, "SecurityGroupIds"),
}


class _Let(NamedTuple):
    """One thing that a security group lets in."""

    group: str
    source: str
    protocol: str
    ports: tuple[int, int]


_WAYS = [
    pytest.param((network, existing, engine), id=f"{network or 'created'} network, {created} created, {engine}")
    for (network, created, existing), engine in product(
        [
            ("", "both", {}),
            ("existing", "both", {}),
            ("existing", "Redis", _EXISTING_DATABASE),
            ("existing", "database", _EXISTING_REDIS),
            ("existing", "nothing", _EXISTING_DATABASE | _EXISTING_REDIS),
        ],
        ["mysql", "aurora"],
    )
]


@pytest.fixture(scope="module", params=_WAYS)
def deployment(request: pytest.FixtureRequest) -> Templates:
    """A deployment in each network, with each of the servers created, of each engine."""
    network, existing, engine = request.param
    given = {"DatabaseUrl": "", "RedisUrl": ""} | (_EXISTING_VPC if network else {}) | existing
    return Templates(**given, DatabaseEngine=engine)


def test_a_server_lets_in_the_functions_at_its_port_and_nothing_else(deployment: Templates) -> None:
    lets, functions = list(_lets(deployment)), _groups_of_all_functions(deployment)

    for port, groups in _servers(deployment):
        let = [let for let in lets if let.group in groups]
        assert [(each.protocol, each.ports) for each in let] == [("tcp", (port, port))]
        assert let[0].source in functions


def test_a_server_has_a_group_of_its_own_that_no_function_has(deployment: Templates) -> None:
    groups = [group for _, groups in _servers(deployment) for group in groups]

    assert len(groups) == len(set(groups)) == len(list(_servers(deployment)))
    assert not _groups_of_all_functions(deployment).intersection(groups)


def test_a_servers_group_lies_in_the_functions_vpc_and_lets_nothing_out(deployment: Templates) -> None:
    used = {group for _, groups in _servers(deployment) for group in groups}
    groups = {group.stack.ref(group.logical_id): group for group in deployment.of("AWS::EC2::SecurityGroup")}
    [vpc] = [vpc.stack.ref(vpc.logical_id) for vpc in deployment.of("AWS::EC2::VPC")] or [_EXISTING_VPC["VpcId"]]

    for name in used:
        assert groups[name]["VpcId"] == vpc
        assert [rule["CidrIp"] for rule in groups[name]["SecurityGroupEgress"]] == ["127.0.0.1/32"]


@pytest.mark.parametrize("existing", [_EXISTING_DATABASE, _EXISTING_REDIS])
def test_a_restored_server_keeps_the_group_of_the_one_before(existing: dict[str, str]) -> None:
    before = Templates(**_EXISTING_VPC, DatabaseUrl="", RedisUrl="")
    after = Templates(**_EXISTING_VPC | {"DatabaseUrl": "", "RedisUrl": ""} | existing)

    assert set(_lets(after)) == set(_lets(before))


def _servers(deployment: Templates) -> Iterator[tuple[int, list[str]]]:
    """Yields each created server's port and groups. An instance of a cluster has the cluster's."""
    for kind, (port, groups) in _SERVERS.items():
        for server in deployment.of(kind):
            if not server["DBClusterIdentifier"] or kind == "AWS::RDS::DBCluster":
                yield port, server[groups]


def _lets(deployment: Templates) -> Iterator[_Let]:
    """Yields everything that any created group lets in."""
    rules = [(rule["GroupId"], rule) for rule in deployment.of("AWS::EC2::SecurityGroupIngress")]
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        rules += [(group.stack.ref(group.logical_id), rule) for rule in group["SecurityGroupIngress"] or []]
    for group, rule in rules:
        ports = (int(rule["FromPort"]), int(rule["ToPort"]))
        yield _Let(group, rule["SourceSecurityGroupId"], rule["IpProtocol"], ports)


def _groups_of_all_functions(deployment: Templates) -> set[str]:
    """Returns the groups that every function in the network has."""
    configurations = [function["VpcConfig"] for function in deployment.of("AWS::Lambda::Function")]
    return set.intersection(*(set(each["SecurityGroupIds"]) for each in configurations if each))
