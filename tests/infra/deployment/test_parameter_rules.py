"""Parameters that contradict each other are refused before CloudFormation creates any resource."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.deployment import ROOT
from tests.support.table_rows import wrong_answers
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


def test_parameters_that_fit_are_accepted() -> None:
    deployments: dict[str, dict[str, str]] = {
        "everything created": {},
        "everything created, without NAT": {"Egress": "endpoints"},
        "three zones": {"ZoneCount": "3"},
        "servers created in an existing VPC": _VPC | {"VpcId": "vpc-1"},
        "Redis created in an existing VPC": _VPC | {"VpcId": "vpc-1"} | _DATABASE,
        "database created in an existing VPC": _VPC | {"VpcId": "vpc-1"} | _REDIS,
        "a restored database in the created network": _DATABASE,
        "a restored Redis in the created network": _REDIS,
        "nothing created": _VPC | _DATABASE | _REDIS,
        "a Redis without sign-in": _VPC | _DATABASE | _OPEN_REDIS,
        "servers that are reached without a VPC": _DATABASE | _REDIS,
        "its alarms and users": _DATABASE | {"DatabaseIdentifier": "db", "DatabaseAdminSecretArn": "arn:…"} | _REDIS,
        "cards from a VPC with its own way": _VPC | {"VpcId": "vpc-1", "Egress": "endpoints"} | _STRIPE,
        "cards without a VPC": _DATABASE | _REDIS | {"Egress": "endpoints"} | _STRIPE,
        "a domain": {"DomainName": "a.example.com", "CertificateArn": "arn:…"},
        "and its zone": {"DomainName": "a.example.com", "CertificateArn": "arn:…", "HostedZoneId": "Z1"},
    }

    assert wrong_answers(lambda name: _refusals(deployments[name]), [(name, []) for name in deployments]) == []


def test_the_parameters_of_every_stage_are_accepted() -> None:
    def refusals(stage: str) -> list[str]:
        return _refusals(stages.parameters(stage))

    assert wrong_answers(refusals, [(stage, []) for stage in stages.NAMES]) == []


def _without(given: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in given.items() if name not in names}


def test_parameters_that_contradict_each_other_are_refused_with_advice() -> None:
    rows: list[tuple[dict[str, str], str]] = [
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
        (_DATABASE | _REDIS | {"DatabaseProxy": "on"}, "DatabaseProxy belongs to a created database"),
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
        ({"EdgeSecretVersion": "0123456789abcdef0123456789abcdef"}, "belongs to Distribution=on"),
    ]

    def is_refused(given: dict[str, str], sentence: str) -> list[bool]:
        return [sentence in refusal for refusal in _refusals(given)]

    assert wrong_answers(is_refused, [(*row, [True]) for row in rows]) == []


def test_the_guide_names_every_parameter_of_existing_servers() -> None:
    # A forgotten one causes no error: without DatabaseIdentifier, the database has no alarms.
    guide = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    alone = [rule for name, rule in _TEMPLATE["Rules"].items() if name.startswith("NothingOf")]
    named = set(re.findall(r"\"Ref\": \"(\w+)\"", json.dumps(alone)))

    assert len(named) > 10
    assert {name for name in named if f"`{name}" not in guide} == set()


def test_a_database_is_created_only_in_regions_with_root_certificates() -> None:
    regions = {file.stem.removeprefix("rds-") for file in _CERTIFICATES.glob("rds-*.pem")}

    assert regions == {region for region in [*regions, "il-central-1", "mx-central-1"] if not _refusals({}, region)}


def test_a_region_without_root_certificates_accepts_an_existing_database() -> None:
    assert _refusals(_DATABASE | _REDIS, "il-central-1") == []


def test_regions_of_other_partitions_are_refused() -> None:
    regions = ["cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1", "eusc-de-east-1"]

    def is_refused(region: str) -> list[bool]:
        return ["commercial regions" in refusal for refusal in _refusals(_DATABASE | _REDIS, region)]

    assert wrong_answers(is_refused, [(region, [True]) for region in regions]) == []


def test_a_region_with_two_zones_accepts_two_or_an_existing_network() -> None:
    rows = [{"ZoneCount": "2"}, {"ZoneCount": "3"} | _DATABASE | _REDIS, {"ZoneCount": "3"} | _VPC | {"VpcId": "vpc-1"}]

    assert [_refusals(given, "us-west-1") for given in rows] == [[], [], []]


def test_a_created_network_of_three_zones_needs_a_region_with_three() -> None:
    [refusal] = _refusals({"ZoneCount": "3"}, "us-west-1")

    assert "ZoneCount can be 2" in refusal


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"Fn::Select": [0, ["a"]]}, "does not accept Fn::Select"),
        ({"Condition": "HasVpc"}, "does not accept Condition"),
        ({"Fn::Or": [True]}, "2 to 10 conditions, not 1"),
        ({"Fn::Equals": [{"Fn::Join": ["", ["a"]]}, "a"]}, "does not accept Fn::Join"),
        ({"Fn::Equals": [{"Ref": "AWS::StackName"}, "a"]}, "does not accept Ref of AWS::StackName"),
    ],
)
def test_a_rule_that_cloudformation_refuses_is_an_error(condition: dict[str, Any], reason: str) -> None:
    template = {"Rules": {"Wrong": {"Assertions": [{"Assert": condition, "AssertDescription": "…"}]}}}

    with pytest.raises(TemplateError, match=f"^The rule Wrong: .*{reason}"):
        list(rules.refusals(template, {}, "eu-central-1"))


def test_each_member_of_a_list_is_compared() -> None:
    each_in = {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b"]]}
    template = {"Rules": {"Known": {"Assertions": [{"Assert": each_in, "AssertDescription": "unknown zone"}]}}}

    assert list(rules.refusals(template, {"Zones": ["a", "b", "a"]}, "eu-central-1")) == []
    assert list(rules.refusals(template, {"Zones": ["a", "c"]}, "eu-central-1")) == ["unknown zone"]


def test_the_url_of_a_database_signs_in_with_a_token_over_tls() -> None:
    rows = [
        ("", True),
        ("mysql://a@host:3306/shop?tls=rds&auth=iam", True),
        ("mysql://a@host/shop?auth=iam&tls=verify", True),
        ("mysqls://a@host/shop?auth=iam", True),
        ("mysql://a@host/shop?auth=iam", False),
        ("mysql://a@host/shop?tls=rds", False),
        ("mysql://host/shop?tls=rds&auth=iam", False),
        ("mysql://a:password@host/shop?tls=rds&auth=iam", False),
    ]

    assert wrong_answers(_accepts("DatabaseUrl"), rows) == []
    assert wrong_answers(_accepts("MigrationDatabaseUrl"), rows) == []


def test_the_url_of_a_redis_signs_in_with_a_token_over_tls_or_not_at_all() -> None:
    rows = [
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
    ]

    assert wrong_answers(_accepts("RedisUrl"), rows) == []


def _accepts(parameter: str) -> Callable[[str], bool]:
    """Returns a function that says whether a deployment accepts a value of the parameter."""
    pattern = _TEMPLATE["Parameters"][parameter]["AllowedPattern"]
    return lambda value: re.fullmatch(pattern, value) is not None
