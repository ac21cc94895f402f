"""The bill: computed from the resources that the templates create, and written into a document."""

import math

import pytest

from tests.support.deployment import ROOT
from tools.documents.costs import prices, traffic
from tools.documents.costs.bill import Line, bill, relay_gb_seconds, total
from tools.templates import stages
from tools.templates.deployment import deployment

MILLION = 1_000_000


def _line(lines: list[Line], what: str) -> Line:
    [found] = [line for line in lines if line.item == what]
    return found


def test_every_stage_costs_more_with_more_customers() -> None:
    totals = {stage: [total(bill(stage, customers)) for customers in (0, 1000, MILLION)] for stage in stages.NAMES}

    assert {stage for stage, costs in totals.items() if not 0 < costs[0] < costs[1] < costs[2]} == set()


def test_an_idle_development_stack_costs_less_than_110_dollars() -> None:
    assert total(bill("dev", 0)) < 110


def test_the_continuous_relay_runs_58_seconds_of_every_minute() -> None:
    # 43,800 minutes of 58 s with half a gigabyte.
    assert relay_gb_seconds(deployment("prod")) == 43_800 * 58 * 0.5
    assert relay_gb_seconds(deployment("prod", ContinuousRelay="off")) == pytest.approx(43_800 * 0.3 * 0.5)


def test_nat_costs_by_the_hour_and_by_traffic() -> None:
    lines = bill("prod", MILLION)

    assert _line(lines, "NAT, hours").dollars == pytest.approx(730 * 0.045)
    assert _line(lines, "NAT, GB").dollars == pytest.approx(80 * 0.045)


def test_endpoints_cost_in_every_zone_and_replace_nat() -> None:
    lines = bill("prod", 0, Egress="endpoints", ZoneCount="3")

    assert _line(lines, "Endpoints, hours in a zone").quantity == 5 * 3 * 730
    assert not [line for line in lines if line.item.startswith("NAT")]


def test_a_standby_doubles_instance_and_storage() -> None:
    alone, doubled = (bill("prod", 0, DatabaseMultiAz=value) for value in ("false", "true"))

    assert _line(doubled, "MySQL, hours of db.m7g.xlarge").dollars == pytest.approx(2 * 730 * 0.337)
    assert _line(doubled, "MySQL, GB").dollars == 2 * _line(alone, "MySQL, GB").dollars


def test_requests_with_a_token_cost_two_invocations() -> None:
    lines = bill("prod", MILLION)
    requests, authorized = MILLION * traffic.REQUESTS, MILLION * traffic.REQUESTS_WITH_TOKEN

    assert _line(lines, "API Gateway, requests").dollars == pytest.approx(requests * 3.5e-6)
    assert _line(lines, "Lambda, requests and authorizers").quantity == pytest.approx(requests + authorized)


def test_cold_starts_cost_from_their_first_instruction() -> None:
    invocations = MILLION * (traffic.REQUESTS + traffic.REQUESTS_WITH_TOKEN)

    seconds = _line(bill("prod", MILLION), "Lambda, GB seconds of cold starts").quantity

    assert seconds == pytest.approx(0.01 * invocations * 0.5 * 0.5)  # one in a hundred, half a second, half a gigabyte


def test_an_alarm_costs_by_the_metrics_that_it_reads_or_analyses() -> None:
    alarms = deployment("dev").of("AWS::CloudWatch::Alarm")
    expressions = [
        query["Expression"]
        for stack, name in alarms
        for query in stack.property(name, "Metrics") or []
        if "MetricStat" not in query
    ]
    queries = sum(expression.startswith("SELECT ") for expression in expressions)

    read = _line(bill("dev", 0), "Alarms, by metrics").quantity

    assert queries == 3
    assert read > len(expressions) + 10 * queries


@pytest.mark.parametrize(
    ("given", "units"),
    [
        ({}, 4),
        ({"DatabaseInstanceClass": "db.m7g.large"}, 2),
        ({"DatabaseInstanceClass": "db.t4g.medium"}, 2),
        ({"DatabaseEngine": "aurora"}, 8),
    ],
)
def test_a_proxy_costs_by_the_processors_of_the_database(given: dict[str, str], units: int) -> None:
    line = _line(bill("prod", 0, DatabaseProxy="on", **given), "RDS Proxy, hours of a vCPU")

    assert line.quantity == units * 730


def test_the_keys_of_alarms_and_second_factors_cost_a_dollar_each() -> None:
    assert _line(bill("dev", 0), "Keys of alarms and second factors").dollars == 2.00


def test_the_document_shows_the_date_of_the_prices() -> None:
    text = (ROOT / "docs/costs.md").read_text(encoding="utf-8")

    assert text.count(f"| Unit price, {prices.AS_OF} |") == 2
    assert f"price pages of {prices.AS_OF}" in text


def test_a_stage_without_a_firewall_pays_nothing_for_it() -> None:
    assert not [line for line in bill("prod", MILLION, Waf="off") if "Firewall" in line.item]
    assert _line(bill("prod", 0), "Firewall, rules").quantity == 11


def test_x_ray_samples_one_request_a_second_and_a_twentieth_of_the_rest() -> None:
    requests, runs = MILLION * traffic.REQUESTS, MILLION * traffic.deliveries() + 7 * 43_800 + 2 * 730 + 30

    traces = _line(bill("prod", MILLION), "X-Ray, traces").quantity

    assert traces == pytest.approx(2 * 2_628_000 + 0.05 * (requests + runs - 2 * 2_628_000))


def test_an_idle_stage_pays_nothing_by_the_request() -> None:
    idle = {line.item for line in bill("prod", 0)}

    assert not idle & {"API Gateway, requests", "SES, mails", "NAT, GB", "EventBridge, events", "Metrics by method"}


def test_every_schedule_is_in_the_bill() -> None:
    rates = [function.schedule for function in deployment("dev").functions]
    runs = rates.count("rate(1 minute)") * 43_800 + rates.count("rate(1 hour)") * 730 + 30

    assert _line(bill("dev", 0), "Schedules and consumers, runs").quantity == runs


def test_the_assumed_traffic_is_of_existing_functions() -> None:
    there = {function.logical_id for function in deployment("prod").functions if function.behind_http}

    assert {endpoint.function for endpoint in traffic.ENDPOINTS} <= there


def test_every_price_is_a_positive_number() -> None:
    numbers = {name: value for name, value in vars(prices).items() if name.isupper() and isinstance(value, float)}

    assert len(numbers) >= 15
    assert {name for name, value in numbers.items() if value <= 0 or not math.isfinite(value)} == set()
