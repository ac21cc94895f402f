"""The firewall, the distribution and the domain in front of the APIs."""

import json
import re
from typing import Any

import pytest

from tests.support.deployment import ROOT, Templates
from tests.support.nested_stacks import NestedStack
from tests.support.templates import http_routes
from tools.templates.model import BACK_OFFICE

# A firewall alone, in front of the APIs' own URLs; the other one is behind a distribution.
ON, COUNTING = (NestedStack("edge", Waf=waf, Distribution="off") for waf in ("on", "count"))
ONE_HOST = NestedStack("edge", Waf="on")
_SENT, _ACCEPTED = (
    "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:microshop-prod-edge:SecretString:"
    f"{key}}}}}"
    for key in ("sent", "accepted")
)


def _rules(edge: NestedStack) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in edge["Firewall"]["Rules"]}


def _parts(rate: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the statements that narrow a rate-based rule."""
    statement = rate["ScopeDownStatement"]
    parts: list[dict[str, Any]] = (
        statement["AndStatement"]["Statements"] if "AndStatement" in statement else [statement]
    )
    return parts


def _header(name: str, value: str) -> dict[str, Any]:
    return {
        "FieldToMatch": {"SingleHeader": {"Name": name}},
        "PositionalConstraint": "EXACTLY",
        "SearchString": value,
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }


def _origins(edge: NestedStack) -> list[dict[str, Any]]:
    origins: list[dict[str, Any]] = edge["OneHost"]["DistributionConfig"]["Origins"]
    return origins


def _only_counted(rule: dict[str, Any]) -> set[str]:
    group = rule["Statement"]["ManagedRuleGroupStatement"]
    return {each["Name"] for each in group.get("RuleActionOverrides", []) if each["ActionToUse"] == {"Count": {}}}


def test_development_has_no_firewall_and_no_domain() -> None:
    dev = NestedStack("edge", stage="dev")

    assert list(dev.stack.resources()) == []
    assert dev.outputs("FirewallArn", "FirewallName", "FirewallLogGroupName", "DomainUrl", "DomainTarget") == [""] * 5
    assert dev.outputs("ShopUrl", "EdgeSecretName") == ["", ""]


_EDGES = {
    "direct": {"Waf": "on"},
    "edge": {"Waf": "count", "Distribution": "on"},
    "unknown": {"Distribution": "on"},
}


def test_one_firewall_protects_the_stages_of_both_apis() -> None:
    associations = ON.of("AWS::WAFv2::WebACLAssociation")

    assert ON["Firewall"]["Scope"] == "REGIONAL"
    assert {each["ResourceArn"] for each in associations} == {
        "arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod",
        "arn:aws:apigateway:us-east-1::/restapis/d4e5f6/stages/prod",
    }
    assert {each["WebACLArn"] for each in associations} == {ON["Firewall"].arn}


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
    edge = NestedStack("edge", Waf="on", Distribution="off", ErrorCatalogueUrl=catalogue)

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
    limits = [rule["Action"] for rule in rules.values() if "RateBasedStatement" in rule["Statement"]]
    assert ["Block" in action for action in limits] == [edge is ON] * 3


def test_requests_to_the_back_office_have_a_lower_limit() -> None:
    rules = {name: rule["Statement"]["RateBasedStatement"] for name, rule in list(_rules(ON).items())[:2]}
    path = rules["TooManyStaffRequests"]["ScopeDownStatement"]["ByteMatchStatement"]

    assert {name: int(rule["Limit"]) for name, rule in rules.items()} == {
        "TooManyRequests": 2000,
        "TooManyStaffRequests": 500,
    }
    assert (path["SearchString"], path["PositionalConstraint"]) == (BACK_OFFICE, "CONTAINS")


def test_requests_that_check_secrets_or_send_mails_have_a_lower_limit() -> None:
    rate = _rules(ON)["TooManyCredentials"]["Statement"]["RateBasedStatement"]
    pattern = re.compile(rate["ScopeDownStatement"]["RegexMatchStatement"]["RegexString"])
    matched = {name: bool(pattern.search(f"/prod{name}")) for name in {route.path for route in http_routes()}}
    counted = {route for file in ROOT.glob("functions/**/*.py") for route in _counted_routes(file.read_text("utf-8"))}

    assert int(rate["Limit"]) == 200
    assert counted
    assert {name for name in counted if not matched[name]} == set()
    assert not any(matched[name] for name in ("/api/v1/products", "/api/v1/orders", "/api/v1/users/profile"))


def _counted_routes(handler: str) -> list[str]:
    """Returns the path of a handler that counts clients."""
    return re.findall(r'^"""[A-Z]+ (/\S+):', handler) if "per_client=" in handler else []


def test_every_rule_has_its_own_priority() -> None:
    for edge in (ON, ONE_HOST):
        priorities = [rule["Priority"] for rule in edge["Firewall"]["Rules"]]
        assert sorted(set(priorities)) == priorities


def test_the_address_of_the_client_counts_only_with_the_secret_of_the_distribution() -> None:
    rules = {name: rule["Statement"].get("RateBasedStatement") for name, rule in _rules(ONE_HOST).items()}
    proven = {"ByteMatchStatement": _header("x-edge-secret", _SENT)}

    for name in ("TooManyRequests", "TooManyStaffRequests", "TooManyCredentials"):
        by_address, by_client = rules[name], rules[f"{name}OfClient"]
        assert by_address["AggregateKeyType"] == "IP"
        assert by_address["Limit"] == by_client["Limit"]
        assert _parts(by_address)[-1] == {"NotStatement": {"Statement": proven}}
        # A rule leaves out requests without the header; those with the secret always have it.
        assert by_client["CustomKeys"][0]["Header"]["Name"] == "x-client-address"
        assert _parts(by_client)[-1] == proven


def test_the_firewall_marks_requests_that_came_through_the_distribution() -> None:
    def mark(action: dict[str, Any]) -> list[dict[str, str]]:
        found: list[dict[str, str]] = action["Allow"]["CustomRequestHandling"]["InsertHeaders"]
        return found

    *_, last = ONE_HOST["Firewall"]["Rules"]

    # The last one of several rules that insert the same header decides, and it overwrites what a client has sent.
    assert mark(last["Action"]) == [{"Name": "from-distribution", "Value": "yes"}]
    assert last["Statement"] == {"ByteMatchStatement": _header("x-edge-secret", _SENT)}
    for edge in (ON, COUNTING, ONE_HOST):
        assert mark(edge["Firewall"]["DefaultAction"]) == [{"Name": "from-distribution", "Value": "no"}]


def test_the_mark_is_the_one_that_functions_believe() -> None:
    root = {name: Templates(**given) for name, given in _EDGES.items()}

    sources = {
        name: {
            variables["CLIENT_ADDRESS"]
            for function in templates.of("AWS::Lambda::Function")
            if "CLIENT_ADDRESS" in (variables := function["Environment"]["Variables"])
        }
        for name, templates in root.items()
    }

    assert sources == {name: {name} for name in _EDGES}


def test_a_rotated_secret_is_accepted_beside_the_one_that_is_sent() -> None:
    version = "0123456789abcdef0123456789abcdef"
    edge = NestedStack("edge", Waf="on", EdgeSecretVersion=version)
    [statement] = _parts(_rules(edge)["TooManyRequestsOfClient"]["Statement"]["RateBasedStatement"])

    accepted = [each["ByteMatchStatement"]["SearchString"] for each in statement["OrStatement"]["Statements"]]
    sent, old = (f"{each.removesuffix('}}')}::{version}}}}}" for each in (_SENT, _ACCEPTED))
    assert accepted == [sent, old]
    assert {header["HeaderValue"] for origin in _origins(edge) for header in origin["OriginCustomHeaders"]} == {sent}


def test_the_firewall_changes_before_the_distribution_sends_another_secret() -> None:
    [tag] = ONE_HOST["OneHost"]["Tags"]

    assert tag["Value"] == ONE_HOST.stack.ref("Firewall")


def test_one_host_serves_both_apis_by_path() -> None:
    config = ONE_HOST["OneHost"]["DistributionConfig"]
    origins = {origin["Id"]: (origin["DomainName"], origin["OriginPath"]) for origin in config["Origins"]}
    [behavior] = config["CacheBehaviors"]

    assert origins == {
        "shop": ("a1b2c3.execute-api.us-east-1.amazonaws.com", "/prod"),
        "back-office": ("d4e5f6.execute-api.us-east-1.amazonaws.com", "/prod"),
    }
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "shop"
    assert (behavior["PathPattern"], behavior["TargetOriginId"]) == (f"{BACK_OFFICE}*", "back-office")
    assert ONE_HOST.outputs("ShopUrl") == ["https://microshop-edge-OneHost.cloudfront.invalid"]


def test_the_distribution_caches_only_what_a_response_allows_and_for_one_caller() -> None:
    config, policy = ONE_HOST["OneHost"]["DistributionConfig"], ONE_HOST["CachePolicy"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]

    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    assert key["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Authorization", "Origin"]}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert {each["CachePolicyId"] for each in behaviors} == {ONE_HOST.stack.ref("CachePolicy")}
    # All statuses whose responses CloudFront caches on its own.
    assert {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in config["CustomErrorResponses"]} == dict.fromkeys(
        (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504), 0
    )


def test_the_distribution_forwards_everything_but_the_host() -> None:
    config, policy = ONE_HOST["OneHost"]["DistributionConfig"], ONE_HOST["OriginRequestPolicy"]
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]

    forwarded = policy["OriginRequestPolicyConfig"]
    assert forwarded["HeadersConfig"] == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert {each["OriginRequestPolicyId"] for each in behaviors} == {ONE_HOST.stack.ref("OriginRequestPolicy")}
    assert all(set(each["AllowedMethods"]) >= {"GET", "HEAD", "OPTIONS", "PUT", "PATCH"} for each in behaviors)


def test_every_request_through_the_distribution_names_the_address_of_its_client() -> None:
    config = ONE_HOST["OneHost"]["DistributionConfig"]
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]

    [[association], [other]] = [each["FunctionAssociations"] for each in behaviors]
    assert association == other
    assert association == {
        "EventType": "viewer-request",
        "FunctionARN": ONE_HOST["ClientAddress"].stack.attribute("ClientAddress", "FunctionARN"),
    }
    assert 'headers["x-client-address"] = { value: event.viewer.ip }' in ONE_HOST["ClientAddress"]["FunctionCode"]


def test_a_domain_belongs_to_the_distribution() -> None:
    given = {"DomainName": "shop.example.com", "CertificateArn": "arn:certificate", "HostedZoneId": "Z1"}
    edge = NestedStack("edge", **given)

    config = edge["OneHost"]["DistributionConfig"]
    assert (config["Aliases"], config["ViewerCertificate"]["AcmCertificateArn"]) == (
        ["shop.example.com"],
        "arn:certificate",
    )
    assert edge["DomainRecord"]["AliasTarget"]["DNSName"] == edge.outputs("DomainTarget")[0]
    assert edge.outputs("ShopUrl") == ["https://shop.example.com"]
    assert "Domain" not in edge


def test_the_log_of_the_firewall_holds_no_token_and_no_query() -> None:
    logging = ON["FirewallLogging"]

    assert logging["RedactedFields"] == [
        {"SingleHeader": {"Name": "authorization"}},
        {"SingleHeader": {"Name": "x-edge-secret"}},
        {"QueryString": {}},
    ]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_the_firewall_may_write_to_its_log_group() -> None:
    group = ON["FirewallLogs"]

    assert group["LogGroupName"].startswith("aws-waf-logs-")
    assert int(group["RetentionInDays"]) == 30
    assert ON["FirewallLogging"]["LogDestinationConfigs"] == [group.arn.removesuffix(":*")]


def test_a_domain_leads_to_the_stage_with_a_record_in_the_hosted_zone() -> None:
    given = {"Distribution": "off", "DomainName": "api.example.com"}
    edge = NestedStack("edge", **given, CertificateArn="arn:certificate", HostedZoneId="Z1")

    assert edge["DomainOfStage"]["Stage"] == "prod"
    assert edge["Domain"]["SecurityPolicy"] == "TLS_1_2"
    assert edge["DomainRecord"]["AliasTarget"]["DNSName"] == edge.outputs("DomainTarget")[0]
    assert edge.outputs("DomainUrl") == ["https://api.example.com"]
    assert "DomainRecord" not in NestedStack("edge", **given)
