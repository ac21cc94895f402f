"""The network that a deployment makes: who may speak to whom, and the ways out."""

import ipaddress
from typing import Any

import pytest

from tests.support.nested_stacks import NestedStack

NAT, ENDPOINTS = NestedStack("network", Egress="nat"), NestedStack("network", Egress="endpoints")
_BOTH = pytest.mark.parametrize("network", [NAT, ENDPOINTS], ids=["nat", "endpoints"])


def _rules(network: NestedStack) -> list[dict[str, Any]]:
    inline = [rule for group in network.of("AWS::EC2::SecurityGroup") for rule in group["SecurityGroupIngress"] or []]
    own = [
        {name: rule[name] for name in ("GroupId", "CidrIp", "SourceSecurityGroupId", "FromPort", "ToPort")}
        for rule in network.of("AWS::EC2::SecurityGroupIngress")
    ]
    return inline + own


@_BOTH
def test_nothing_is_let_in_but_from_the_functions(network: NestedStack) -> None:
    functions = network.stack.ref("FunctionSecurityGroup")

    assert _rules(network)
    for rule in _rules(network):
        assert rule["SourceSecurityGroupId"] == functions
        assert rule["FromPort"] == rule["ToPort"]


def test_the_functions_reach_the_servers_ports_and_https_alone() -> None:
    rules = NAT["FunctionSecurityGroup"]["SecurityGroupEgress"]

    assert {
        (rule.get("DestinationSecurityGroupId") or rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for rule in rules
    } == {
        (NAT.stack.ref("DatabaseSecurityGroup"), "tcp", 3306, 3306),
        (NAT.stack.ref("RedisSecurityGroup"), "tcp", 6379, 6379),
        ("0.0.0.0/0", "tcp", 443, 443),
    }


def test_each_server_lets_the_functions_in_at_its_port() -> None:
    ports = {rule["GroupId"]: rule["FromPort"] for rule in NAT.of("AWS::EC2::SecurityGroupIngress")}

    assert ports == {NAT.stack.ref("DatabaseSecurityGroup"): 3306, NAT.stack.ref("RedisSecurityGroup"): 6379}


@_BOTH
def test_every_group_says_what_it_lets_out(network: NestedStack) -> None:
    for group in network.of("AWS::EC2::SecurityGroup"):
        outwards = group["SecurityGroupEgress"]
        assert outwards, f"{group.logical_id}: without a rule, everything goes out"
        if group.logical_id != "FunctionSecurityGroup":
            assert [rule["CidrIp"] for rule in outwards] == ["127.0.0.1/32"]


@pytest.mark.parametrize(("zones", "count"), [("2", 2), ("3", 3)])
def test_private_subnets_lie_in_different_zones_and_do_not_overlap(zones: str, count: int) -> None:
    network = NestedStack("network", ZoneCount=zones)
    subnets = network.of("AWS::EC2::Subnet")

    private = [subnet for subnet in subnets if subnet.logical_id.startswith("Private")]
    blocks = [ipaddress.IPv4Network(subnet["CidrBlock"]) for subnet in subnets]

    assert len({subnet["AvailabilityZone"] for subnet in private}) == len(private) == count
    assert network.outputs("PrivateSubnetIds")[0].split(",") == [network.stack.ref(each.logical_id) for each in private]
    assert all(block.subnet_of(ipaddress.IPv4Network("10.22.0.0/16")) for block in blocks)
    assert not any(one.overlaps(other) for n, one in enumerate(blocks) for other in blocks[n + 1 :])


@_BOTH
def test_every_private_subnet_has_the_private_routes(network: NestedStack) -> None:
    associations = {
        each["SubnetId"]: each["RouteTableId"] for each in network.of("AWS::EC2::SubnetRouteTableAssociation")
    }

    for subnet in network.outputs("PrivateSubnetIds")[0].split(","):
        assert associations[subnet] == network.stack.ref("PrivateRoutes")


def test_private_subnets_reach_the_internet_through_nat_and_nothing_comes_back_in() -> None:
    routes = {route["RouteTableId"]: route for route in NAT.of("AWS::EC2::Route")}

    private = routes[NAT.stack.ref("PrivateRoutes")]

    assert private["NatGatewayId"] == NAT.stack.ref("NatGateway")
    assert private["GatewayId"] is None
    assert NAT["NatGateway"]["SubnetId"] == NAT.stack.ref("PublicSubnet")


def test_with_endpoints_there_is_no_way_to_the_internet_at_all() -> None:
    for kind in ("Route", "NatGateway", "InternetGateway", "EIP", "VPCGatewayAttachment"):
        assert ENDPOINTS.of(f"AWS::EC2::{kind}") == []
    assert "PublicSubnet" not in ENDPOINTS


def test_with_endpoints_there_is_one_for_each_service_that_functions_call() -> None:
    # S3 has its own kind, and tokens are made without asking anybody.
    interfaces = [each for each in ENDPOINTS.of("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Interface"]

    assert {each["ServiceName"] for each in interfaces} == {
        f"com.amazonaws.us-east-1.{service}" for service in ("events", "secretsmanager", "email")
    }
    for each in interfaces:
        assert each["PrivateDnsEnabled"] is True
        assert each["SecurityGroupIds"] == [ENDPOINTS.stack.ref("EndpointSecurityGroup")]
        assert each["SubnetIds"] == ENDPOINTS.outputs("PrivateSubnetIds")[0].split(",")


@_BOTH
def test_s3_is_reached_without_nat_for_exports_and_answers_to_cloudformation(network: NestedStack) -> None:
    endpoint = network["S3Endpoint"]

    statements = {statement["Sid"]: statement for statement in endpoint["PolicyDocument"]["Statement"]}

    assert endpoint["VpcEndpointType"] == "Gateway"
    assert endpoint["RouteTableIds"] == [network.stack.ref("PrivateRoutes")]
    assert statements["BucketsOfThisAccount"]["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert statements["AnswersToCloudFormation"]["Resource"].startswith(
        "arn:aws:s3:::cloudformation-custom-resource-response-"
    )
    assert "*" not in {action for each in statements.values() for action in each["Action"]}


def test_what_is_refused_is_logged_for_some_days() -> None:
    assert NAT["FlowLog"]["TrafficType"] == "REJECT"
    assert NAT["RefusedTraffic"]["RetentionInDays"] == 14
