"""The firewall and the domain in front of the API."""

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


def test_development_has_no_firewall_and_no_domain() -> None:
    dev = NestedStack("edge", stage="dev")

    assert list(dev.stack.resources()) == []
    assert dev.outputs("FirewallArn", "FirewallName", "FirewallLogGroupName", "DomainUrl", "DomainTarget") == [""] * 5


def test_the_firewall_protects_the_stage_of_the_api() -> None:
    association = ON["FirewallOfStage"]

    assert ON["Firewall"]["Scope"] == "REGIONAL"
    assert association["ResourceArn"] == "arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod"
    assert association["WebACLArn"] == ON["Firewall"].arn


def test_too_many_requests_of_an_address_answer_the_problem_of_the_api() -> None:
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
def test_the_refusal_of_the_firewall_links_to_the_error_catalogue(catalogue: str, link: str | None) -> None:
    edge = NestedStack("edge", Waf="on", ErrorCatalogueUrl=catalogue)

    (body,) = edge["Firewall"]["CustomResponseBodies"].values()

    assert json.loads(body["Content"]).get("help") == link


def test_webhooks_of_the_payment_provider_are_not_limited() -> None:
    statement = _rules(ON)["TooManyRequests"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    excluded = statement["NotStatement"]["Statement"]["ByteMatchStatement"]

    assert excluded["SearchString"] in {route.path for route in http_routes()}
    assert excluded["PositionalConstraint"] == "ENDS_WITH"


def test_no_rule_of_the_firewall_refuses_a_body() -> None:
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


def test_the_log_of_the_firewall_holds_no_token_and_no_query() -> None:
    logging = ON["FirewallLogging"]

    assert logging["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}, {"QueryString": {}}]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_the_firewall_may_write_to_its_log_group() -> None:
    group = ON["FirewallLogs"]

    assert group["LogGroupName"].startswith("aws-waf-logs-")
    assert int(group["RetentionInDays"]) == 30
    assert ON["FirewallLogging"]["LogDestinationConfigs"] == [group.arn.removesuffix(":*")]


def test_a_domain_leads_to_the_stage_with_a_record_in_the_hosted_zone() -> None:
    edge = NestedStack("edge", DomainName="api.example.com", CertificateArn="arn:certificate", HostedZoneId="Z1")

    assert edge["DomainOfStage"]["Stage"] == "prod"
    assert edge["Domain"]["SecurityPolicy"] == "TLS_1_2"
    assert edge["DomainRecord"]["AliasTarget"]["DNSName"] == edge.outputs("DomainTarget")[0]
    assert edge.outputs("DomainUrl") == ["https://api.example.com"]
    assert "DomainRecord" not in NestedStack("edge", DomainName="api.example.com")
