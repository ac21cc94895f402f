"""The bill: computed from what the templates create, and the document that it is written into."""

import math
import re

import pytest

from tests.support.deployment import ROOT
from tools.documents.costs import prices, traffic
from tools.documents.costs.bill import Line, bill, relay_gb_seconds, total
from tools.templates import stages
from tools.templates.deployment import deployment

MILLION = 1_000_000


def _line(lines: list[Line], what: str) -> Line:
    [found] = [line for line in lines if line.what == what]
    return found


@pytest.mark.parametrize("stage", stages.NAMES)
def test_every_stage_can_be_computed_and_costs_more_with_customers(stage: str) -> None:
    assert 0 < total(bill(stage, 0)) < total(bill(stage, 1000)) < total(bill(stage, MILLION))


def test_an_idle_stack_to_try_things_in_costs_less_than_100_dollars() -> None:
    assert total(bill("dev", 0)) < 100


def test_the_relay_that_never_sleeps_runs_58_seconds_of_every_minute() -> None:
    # 43,800 minutes of 58 s with half a gigabyte.
    assert relay_gb_seconds(deployment("prod")) == 43_800 * 58 * 0.5
    assert relay_gb_seconds(deployment("prod", ContinuousRelay="off")) == pytest.approx(43_800 * 0.3 * 0.5)


def test_nat_is_paid_by_the_hour_and_by_what_goes_through_it() -> None:
    lines = bill("prod", MILLION)

    assert _line(lines, "NAT, hours").dollars == pytest.approx(730 * 0.045)
    assert _line(lines, "NAT, GB").dollars == pytest.approx(80 * 0.045)


def test_endpoints_are_paid_in_every_zone_and_nat_not_at_all() -> None:
    lines = bill("prod", 0, Egress="endpoints", ZoneCount="3")

    assert _line(lines, "Endpoints, hours in a zone").quantity == 3 * 3 * 730
    assert not [line for line in lines if line.what.startswith("NAT")]


def test_a_standby_doubles_instance_and_storage() -> None:
    alone, doubled = (bill("prod", 0, DatabaseMultiAz=value) for value in ("false", "true"))

    assert _line(doubled, "MySQL, hours of db.m7g.large").dollars == pytest.approx(2 * 730 * 0.168)
    assert _line(doubled, "MySQL, GB").dollars == 2 * _line(alone, "MySQL, GB").dollars


def test_every_request_is_paid_at_the_gateway_and_those_with_a_token_twice_at_lambda() -> None:
    lines = bill("prod", MILLION)
    requests, authorized = MILLION * traffic.REQUESTS, MILLION * traffic.REQUESTS_WITH_TOKEN

    assert _line(lines, "API Gateway, requests").dollars == pytest.approx(requests * 3.5e-6)
    assert _line(lines, "Lambda, requests and authorizers").quantity == pytest.approx(requests + authorized)


def test_cold_starts_are_paid_from_their_first_instruction() -> None:
    invocations = MILLION * (traffic.REQUESTS + traffic.REQUESTS_WITH_TOKEN)

    seconds = _line(bill("prod", MILLION), "Lambda, GB seconds of cold starts").quantity

    assert seconds == pytest.approx(0.01 * invocations * 0.5 * 0.5)  # one in a hundred, half a second, half a gigabyte


def test_an_alarm_is_paid_by_the_metrics_that_it_reads_or_its_query_analyses() -> None:
    alarms = deployment("dev").of("AWS::CloudWatch::Alarm")
    expressions = [
        query["Expression"]
        for stack, name in alarms
        for query in stack.property(name, "Metrics") or []
        if "MetricStat" not in query
    ]
    queries = sum(expression.startswith("SELECT ") for expression in expressions)

    read = _line(bill("dev", 0), "Alarms, metrics that they read").quantity

    assert queries == 3
    assert read > len(expressions) + 10 * queries


def test_every_key_of_the_stage_is_paid() -> None:
    assert _line(bill("dev", 0), "Keys, for what alarms tell").dollars == 1.00


def test_prices_carry_their_date() -> None:
    text = (ROOT / "docs/costs.md").read_text(encoding="utf-8")

    assert text.count(f"| Price of one, {prices.AS_OF} |") == 2
    assert f"price pages of {prices.AS_OF}" in text


def test_without_a_firewall_nothing_is_paid_for_one() -> None:
    assert not [line for line in bill("prod", MILLION, Waf="off") if "Firewall" in line.what]
    assert _line(bill("prod", 0), "Firewall, rules").quantity == 5


def test_x_ray_takes_the_first_request_of_a_second_and_a_twentieth_of_the_rest() -> None:
    requests, runs = MILLION * traffic.REQUESTS, MILLION * traffic.deliveries() + 5 * 43_800 + 730 + 30

    traces = _line(bill("prod", MILLION), "X-Ray, traces").quantity

    assert traces == pytest.approx(2 * 2_628_000 + 0.05 * (requests + runs - 2 * 2_628_000))


def test_what_no_customer_asks_for_costs_nothing_without_customers() -> None:
    idle = {line.what for line in bill("prod", 0)}

    assert not idle & {"API Gateway, requests", "SES, mails", "NAT, GB", "EventBridge, events", "Metrics by method"}


def test_every_schedule_of_the_templates_is_in_the_bill() -> None:
    runs = sum(1 for function in deployment("dev").functions if function.schedule == "rate(1 minute)")

    assert _line(bill("dev", 0), "Schedules and consumers, runs").quantity == runs * 43_800 + 730 + 30


def test_the_traffic_is_about_functions_that_there_are() -> None:
    there = {function.logical_id for function in deployment("prod").functions if function.behind_http}

    assert {endpoint.function for endpoint in traffic.ENDPOINTS} <= there


def test_every_price_is_a_positive_number_and_says_from_which_page_it_is() -> None:
    text = (ROOT / "tools/documents/costs/prices.py").read_text(encoding="utf-8")
    groups = re.findall(r"^# (\S+)/pricing|^# ec2/pricing", text, re.MULTILINE)
    numbers = [value for name, value in vars(prices).items() if name.isupper() and isinstance(value, float)]

    assert len(groups) >= 15
    assert all(value > 0 and math.isfinite(value) for value in numbers)
    assert re.search(r"not checked live", text)
