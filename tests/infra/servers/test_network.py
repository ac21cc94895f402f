"""The network that a deployment creates: which traffic it allows inside, and the routes out."""

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
def test_only_the_functions_reach_anything_at_one_port_each(network: NestedStack) -> None:
    rules = _rules(network)

    assert {rule["SourceSecurityGroupId"] for rule in rules} == {network.stack.ref("FunctionSecurityGroup")}
    assert [rule for rule in rules if rule["FromPort"] != rule["ToPort"]] == []


def test_the_functions_reach_only_the_ports_of_servers_and_https() -> None:
    rules = NAT["FunctionSecurityGroup"]["SecurityGroupEgress"]

    assert {
        (rule.get("DestinationSecurityGroupId") or rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for rule in rules
    } == {
        (NAT.stack.ref("DatabaseSecurityGroup"), "tcp", 3306, 3306),
        (NAT.stack.ref("RedisSecurityGroup"), "tcp", 6379, 6379),
        ("0.0.0.0/0", "tcp", 443, 443),
    }


@_BOTH
def test_only_the_functions_may_open_connections(network: NestedStack) -> None:
    # A group without a rule allows all traffic out.
    outwards = {
        group.logical_id: [rule["CidrIp"] for rule in group["SecurityGroupEgress"] or []]
        for group in network.of("AWS::EC2::SecurityGroup")
        if group.logical_id != "FunctionSecurityGroup"
    }

    assert outwards == {name: ["127.0.0.1/32"] for name in outwards} != {}


@pytest.mark.parametrize(("zones", "count"), [("2", 2), ("3", 3)])
def test_private_subnets_are_in_different_zones_and_do_not_overlap(zones: str, count: int) -> None:
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

    subnets = network.outputs("PrivateSubnetIds")[0].split(",")
    assert {subnet: associations.get(subnet) for subnet in subnets} == dict.fromkeys(
        subnets, network.stack.ref("PrivateRoutes")
    )


def test_private_subnets_reach_the_internet_only_through_nat() -> None:
    routes = {route["RouteTableId"]: route for route in NAT.of("AWS::EC2::Route")}

    private = routes[NAT.stack.ref("PrivateRoutes")]

    assert private["NatGatewayId"] == NAT.stack.ref("NatGateway")
    assert private["GatewayId"] is None
    assert NAT["NatGateway"]["SubnetId"] == NAT.stack.ref("PublicSubnet")


def test_a_network_with_endpoints_has_no_route_to_the_internet() -> None:
    for kind in ("Route", "NatGateway", "InternetGateway", "EIP", "VPCGatewayAttachment"):
        assert ENDPOINTS.of(f"AWS::EC2::{kind}") == []
    assert "PublicSubnet" not in ENDPOINTS


def test_a_network_with_endpoints_has_one_for_each_called_service() -> None:
    # S3 has a gateway endpoint, and signing a token calls no service.
    interfaces = [each for each in ENDPOINTS.of("AWS::EC2::VPCEndpoint") if each["VpcEndpointType"] == "Interface"]

    assert {each["ServiceName"] for each in interfaces} == {
        f"com.amazonaws.us-east-1.{service}" for service in ("events", "secretsmanager", "kms", "sqs", "email")
    }
    for each in interfaces:
        assert each["PrivateDnsEnabled"] is True
        assert each["SecurityGroupIds"] == [ENDPOINTS.stack.ref("EndpointSecurityGroup")]
        assert each["SubnetIds"] == ENDPOINTS.outputs("PrivateSubnetIds")[0].split(",")


@_BOTH
def test_s3_is_reached_without_nat_for_exports_and_cloudformation(network: NestedStack) -> None:
    endpoint = network["S3Endpoint"]

    statements = {statement["Sid"]: statement for statement in endpoint["PolicyDocument"]["Statement"]}

    assert endpoint["VpcEndpointType"] == "Gateway"
    assert endpoint["RouteTableIds"] == [network.stack.ref("PrivateRoutes")]
    assert statements["BucketsOfThisAccount"]["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert statements["AnswersToCloudFormation"]["Resource"].startswith(
        "arn:aws:s3:::cloudformation-custom-resource-response-"
    )
    assert "*" not in {action for each in statements.values() for action in each["Action"]}


def test_rejected_traffic_is_logged_for_14_days() -> None:
    assert NAT["FlowLog"]["TrafficType"] == "REJECT"
    assert NAT["RefusedTraffic"]["RetentionInDays"] == 14
