"""Parameters that contradict each other are refused before any resource is created."""

import json
import re
from typing import Any

import pytest

from tests.support.deployment import ROOT
from tools.templates import rules, stages
from tools.templates.model import TemplateError
from tools.templates.sam import effective_parameters, load

_TEMPLATE = load(ROOT / "template.yaml")
_CERTIFICATES = ROOT / "layers/shared/microshop/platform/certificates"
_VPC = {"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-functions"}
_DATABASE = {
    "DatabaseUrl": "mysql://microshop_app@db.example.com:3306/microshop?tls=rds&auth=iam",
    "MigrationDatabaseUrl": "mysql://microshop_migrations@db.example.com:3306/microshop?tls=rds&auth=iam",
    "DatabaseResourceId": "db-EXAMPLE",
}
_REDIS = {
    "RedisUrl": "rediss://microshop@redis.example.com:6379/0?tls=amazon&auth=iam&cache=shop",
    "RedisCacheArn": "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:shop",
    "RedisUserArn": "arn:aws:elasticache:eu-central-1:123456789012:user:microshop",
}
_OPEN_REDIS = {"RedisUrl": "redis://redis.example.com:6379/0", "RedisUserArn": "none"}
_STRIPE = {"StripeSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:stripe"}


def _refusals(given: dict[str, str], region: str = "eu-central-1") -> list[str]:
    parameters = effective_parameters(_TEMPLATE, given, ROOT / "template.yaml")
    return list(rules.refusals(_TEMPLATE, parameters, region))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="everything created"),
        pytest.param({"Egress": "endpoints"}, id="everything created, without NAT"),
        pytest.param({"ZoneCount": "3"}, id="three zones"),
        pytest.param(_VPC | {"VpcId": "vpc-1"}, id="servers created in an existing VPC"),
        pytest.param(_VPC | {"VpcId": "vpc-1"} | _DATABASE, id="Redis created in an existing VPC"),
        pytest.param(_VPC | {"VpcId": "vpc-1"} | _REDIS, id="database created in an existing VPC"),
        pytest.param(_DATABASE, id="a restored database in the created network"),
        pytest.param(_REDIS, id="a restored Redis in the created network"),
        pytest.param(_VPC | _DATABASE | _REDIS, id="nothing created"),
        pytest.param(_VPC | _DATABASE | _OPEN_REDIS, id="a Redis without sign-in"),
        pytest.param(_DATABASE | _REDIS, id="servers that are reached without a VPC"),
        pytest.param(
            _DATABASE | {"DatabaseIdentifier": "db", "DatabaseAdminSecretArn": "arn:…"} | _REDIS,
            id="its alarms and users",
        ),
        pytest.param(
            _VPC | {"VpcId": "vpc-1", "Egress": "endpoints"} | _STRIPE, id="cards from a VPC with its own way"
        ),
        pytest.param(_DATABASE | _REDIS | {"Egress": "endpoints"} | _STRIPE, id="cards without a VPC"),
        pytest.param({"DomainName": "a.example.com", "CertificateArn": "arn:…"}, id="a domain"),
        pytest.param(
            {"DomainName": "a.example.com", "CertificateArn": "arn:…", "HostedZoneId": "Z1"}, id="and its zone"
        ),
    ],
)
def test_parameters_that_fit_are_taken(given: dict[str, str]) -> None:
    assert _refusals(given) == []


@pytest.mark.parametrize("stage", stages.NAMES)
def test_a_stage_is_taken(stage: str) -> None:
    assert _refusals(stages.parameters(stage)) == []


def _without(given: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in given.items() if name not in names}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        # The network
        ({"SubnetIds": "subnet-1,subnet-2", "VpcId": "vpc-1"}, "With SubnetIds, give SecurityGroupIds"),
        (_VPC, "With SubnetIds, give VpcId"),
        (_VPC | _DATABASE, "With SubnetIds, give VpcId"),
        (_VPC | _REDIS, "With SubnetIds, give VpcId"),
        ({"SecurityGroupIds": "sg-functions"}, "belong to SubnetIds"),
        ({"VpcId": "vpc-1"}, "belong to SubnetIds"),
        ({"Egress": "endpoints"} | _STRIPE, "card payments need Egress=nat"),
        # The database
        (_without(_DATABASE | _REDIS, "MigrationDatabaseUrl"), "give MigrationDatabaseUrl"),
        (_without(_DATABASE | _REDIS, "DatabaseResourceId"), "give DatabaseResourceId"),
        ({"MigrationDatabaseUrl": _DATABASE["MigrationDatabaseUrl"]}, "belong to DatabaseUrl"),
        ({"DatabaseResourceId": "db-EXAMPLE"}, "belong to DatabaseUrl"),
        ({"DatabaseIdentifier": "shop"}, "belong to DatabaseUrl"),
        ({"DatabaseAdminSecretArn": "arn:…"}, "belong to DatabaseUrl"),
        # Redis
        (_without(_DATABASE | _REDIS, "RedisCacheArn"), "give RedisCacheArn and RedisUserArn"),
        (_without(_DATABASE | _REDIS, "RedisUserArn"), "give RedisCacheArn and RedisUserArn"),
        (_without(_DATABASE | _REDIS, "RedisCacheArn", "RedisUserArn"), "give RedisCacheArn and RedisUserArn"),
        (_DATABASE | _REDIS | {"RedisUserArn": "none"}, "RedisUserArn=none alone"),
        ({"RedisCacheArn": _REDIS["RedisCacheArn"]}, "belong to RedisUrl"),
        ({"RedisUserArn": _REDIS["RedisUserArn"]}, "belong to RedisUrl"),
        # The domain
        ({"DomainName": "api.example.com"}, "give CertificateArn"),
        ({"CertificateArn": "arn:…"}, "belong to DomainName"),
        ({"HostedZoneId": "Z1"}, "belong to DomainName"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused_with_what_to_do(
    given: dict[str, str], sentence: str
) -> None:
    [refusal] = _refusals(given)

    assert sentence in refusal


def test_the_guide_names_every_parameter_of_what_is_there_already() -> None:
    # One that nobody knows of is missed in silence: without DatabaseIdentifier, the alarms of the database are gone.
    guide = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    alone = [rule for name, rule in _TEMPLATE["Rules"].items() if name.startswith("NothingOf")]
    named = set(re.findall(r"\"Ref\": \"(\w+)\"", json.dumps(alone)))

    assert len(named) > 10
    assert {name for name in named if f"`{name}" not in guide} == set()


def test_a_database_is_created_in_every_region_whose_roots_the_layer_has() -> None:
    regions = {file.stem.removeprefix("rds-") for file in _CERTIFICATES.glob("rds-*.pem")}

    assert regions == {region for region in [*regions, "il-central-1", "mx-central-1"] if not _refusals({}, region)}


def test_a_region_without_roots_takes_an_existing_database() -> None:
    assert _refusals(_DATABASE | _REDIS, "il-central-1") == []


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1"])
def test_regions_of_other_partitions_are_refused(region: str) -> None:
    [refusal] = _refusals(_DATABASE | _REDIS, region)

    assert "commercial regions" in refusal


@pytest.mark.parametrize(("zones", "given"), [("2", {}), ("3", _DATABASE | _REDIS), ("3", _VPC | {"VpcId": "vpc-1"})])
def test_a_region_with_two_zones_takes_what_needs_no_third(zones: str, given: dict[str, str]) -> None:
    assert _refusals({"ZoneCount": zones} | given, "us-west-1") == []


def test_a_created_network_of_three_zones_is_refused_where_a_region_has_two() -> None:
    [refusal] = _refusals({"ZoneCount": "3"}, "us-west-1")

    assert "ZoneCount can be 2" in refusal


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"Fn::Select": [0, ["a"]]}, "takes no Fn::Select"),
        ({"Condition": "HasVpc"}, "takes no Condition"),
        ({"Fn::Or": [True]}, "2 to 10 conditions and not 1"),
        ({"Fn::Equals": [{"Fn::Join": ["", ["a"]]}, "a"]}, "takes no Fn::Join"),
        ({"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}, "takes no Ref of AWS::StackName"),
    ],
)
def test_a_rule_that_cloudformation_would_not_take_is_an_error(condition: dict[str, Any], reason: str) -> None:
    template = {"Rules": {"Wrong": {"Assertions": [{"Assert": condition, "AssertDescription": "…"}]}}}

    with pytest.raises(TemplateError, match=f"^The rule Wrong: .*{reason}"):
        list(rules.refusals(template, {}, "eu-central-1"))


def test_a_member_of_a_list_and_each_member_are_compared_as_cloudformation_does() -> None:
    each_in = {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b"]]}
    template = {"Rules": {"Known": {"Assertions": [{"Assert": each_in, "AssertDescription": "unknown zone"}]}}}

    assert list(rules.refusals(template, {"Zones": ["a", "b", "a"]}, "eu-central-1")) == []
    assert list(rules.refusals(template, {"Zones": ["a", "c"]}, "eu-central-1")) == ["unknown zone"]


@pytest.mark.parametrize("name", ["DatabaseUrl", "MigrationDatabaseUrl"])
@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("", True),
        ("mysql://a@host:3306/shop?tls=rds&auth=iam", True),
        ("mysql://a@host/shop?auth=iam&tls=verify", True),
        ("mysqls://a@host/shop?auth=iam", True),
        ("mysql://a@host/shop?auth=iam", False),
        ("mysql://a@host/shop?tls=rds", False),
        ("mysql://host/shop?tls=rds&auth=iam", False),
        ("mysql://a:password@host/shop?tls=rds&auth=iam", False),
    ],
)
def test_a_database_is_signed_in_to_with_a_token_over_tls(name: str, url: str, *, taken: bool) -> None:
    assert bool(re.fullmatch(_TEMPLATE["Parameters"][name]["AllowedPattern"], url)) is taken


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("", True),
        ("redis://host:6379/0", True),
        ("rediss://host:6379/0?tls=amazon", True),
        ("rediss://a@host:6379/0?tls=amazon&auth=iam&cache=shop", True),
        ("redis://a@host:6379/0?cache=shop&auth=iam&tls=verify", True),
        ("redis://a@host:6379/0?auth=iam&cache=shop", False),
        ("rediss://a@host:6379/0?tls=amazon&auth=iam", False),
        ("rediss://a@host:6379/0?tls=amazon", False),
        ("rediss://host:6379/0?tls=amazon&auth=iam&cache=shop", False),
        ("rediss://:password@host:6379/0", False),
    ],
)
def test_a_redis_is_signed_in_to_with_a_token_over_tls_or_not_at_all(url: str, *, taken: bool) -> None:
    assert bool(re.fullmatch(_TEMPLATE["Parameters"]["RedisUrl"]["AllowedPattern"], url)) is taken
