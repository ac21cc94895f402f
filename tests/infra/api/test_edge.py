"""The firewall and the API's own name: what is refused before the API, and what must not be."""

import json
from typing import Any

import pytest

from tests.support.nested_stacks import NestedStack
from tests.support.templates import http_routes

ON, COUNTING = NestedStack("edge", Waf="on"), NestedStack("edge", Waf="count")


def _rules(edge: NestedStack) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in edge["Firewall"]["Rules"]}


def _only_counted(rule: dict[str, Any]) -> set[str]:
    group = rule["Statement"]["ManagedRuleGroupStatement"]
    return {each["Name"] for each in group.get("RuleActionOverrides", []) if each["ActionToUse"] == {"Count": {}}}


def test_development_has_neither_firewall_nor_name() -> None:
    dev = NestedStack("edge", stage="dev")

    assert list(dev.stack.resources()) == []
    assert dev.outputs("FirewallArn", "FirewallName", "FirewallLogGroupName", "DomainUrl", "DomainTarget") == [""] * 5


def test_the_firewall_is_before_the_stage_of_the_api() -> None:
    association = ON["FirewallOfStage"]

    assert ON["Firewall"]["Scope"] == "REGIONAL"
    assert association["ResourceArn"] == "arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod"
    assert association["WebACLArn"] == ON["Firewall"].arn


def test_an_address_that_asks_too_often_is_told_so_as_the_api_tells_it() -> None:
    rule = _rules(ON)["TooManyRequests"]
    limit, response = rule["Statement"]["RateBasedStatement"], rule["Action"]["Block"]["CustomResponse"]

    assert (int(limit["Limit"]), limit["EvaluationWindowSec"], limit["AggregateKeyType"]) == (2000, 300, "IP")
    assert response["ResponseCode"] == 429
    assert {"Name": "Retry-After", "Value": "60"} in response["ResponseHeaders"]
    body = ON["Firewall"]["CustomResponseBodies"][response["CustomResponseBodyKey"]]
    assert '"type":"urn:microshop:problem:too-many-requests"' in body["Content"]


@pytest.mark.parametrize(
    ("catalogue", "link"),
    [("https://docs.example.com/errors", "https://docs.example.com/errors#too-many-requests"), ("", None)],
)
def test_the_firewalls_refusal_links_to_a_published_error_catalogue(catalogue: str, link: str | None) -> None:
    edge = NestedStack("edge", Waf="on", ErrorCatalogueUrl=catalogue)

    (body,) = edge["Firewall"]["CustomResponseBodies"].values()

    assert json.loads(body["Content"]).get("help") == link


def test_the_payment_providers_calls_are_not_too_many() -> None:
    statement = _rules(ON)["TooManyRequests"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    spared = statement["NotStatement"]["Statement"]["ByteMatchStatement"]

    assert spared["SearchString"] in {route.path for route in http_routes()}
    assert spared["PositionalConstraint"] == "ENDS_WITH"


def test_no_rule_refuses_a_body() -> None:
    rules = _rules(ON)

    # All rules that read bodies, as AWS's documentation lists them; none of the group of addresses does.
    assert _only_counted(rules["CommonAttacks"]) == {
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
        "NoUserAgent_HEADER",
    }
    assert _only_counted(rules["SqlInjection"]) == {"SQLi_BODY", "SQLiExtendedPatterns_BODY"}
    assert _only_counted(rules["KnownBadInputs"]) == {"JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"}


@pytest.mark.parametrize(("edge", "override"), [(ON, {"None": {}}), (COUNTING, {"Count": {}})], ids=["on", "count"])
def test_a_firewall_that_counts_refuses_nothing(edge: NestedStack, override: dict[str, Any]) -> None:
    rules = _rules(edge)

    assert {name: rule["OverrideAction"] for name, rule in rules.items() if "OverrideAction" in rule} == dict.fromkeys(
        ("KnownBadAddresses", "CommonAttacks", "KnownBadInputs", "SqlInjection"), override
    )
    assert ("Block" in rules["TooManyRequests"]["Action"]) is (edge is ON)


def test_its_log_holds_no_token_and_nobodys_search() -> None:
    logging = ON["FirewallLogging"]

    assert logging["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}, {"QueryString": {}}]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_its_log_has_a_name_that_the_firewall_may_write_to_and_a_retention() -> None:
    group = ON["FirewallLogs"]

    assert group["LogGroupName"].startswith("aws-waf-logs-")
    assert int(group["RetentionInDays"]) == 30
    assert ON["FirewallLogging"]["LogDestinationConfigs"] == [group.arn.removesuffix(":*")]


def test_a_domain_leads_to_the_stage_and_is_pointed_there_where_its_zone_is_ours() -> None:
    edge = NestedStack("edge", DomainName="api.example.com", CertificateArn="arn:certificate", HostedZoneId="Z1")

    assert edge["DomainOfStage"]["Stage"] == "prod"
    assert edge["Domain"]["SecurityPolicy"] == "TLS_1_2"
    assert edge["DomainRecord"]["AliasTarget"]["DNSName"] == edge.outputs("DomainTarget")[0]
    assert edge.outputs("DomainUrl") == ["https://api.example.com"]
    assert "DomainRecord" not in NestedStack("edge", DomainName="api.example.com")
