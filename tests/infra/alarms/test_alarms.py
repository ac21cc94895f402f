"""Every alarm: what it watches is deployed and measured, and all that needs watching is watched."""

import pytest

from tests.support.alarms import Alarm
from tests.support.aws_metrics import AWS_METRICS
from tests.support.deployment import ROOT, Templates
from tests.support.metric_math import names_in
from tests.support.watching import NAMESPACE, alarms, alarms_of, deployed, every_alarm


@pytest.mark.parametrize(("name", "engine", "alarm"), every_alarm())
def test_what_an_alarm_watches_is_measured(name: str, engine: str, alarm: Alarm) -> None:
    for asked in alarm.asked.values():
        metric = asked.metric
        if metric.namespace == NAMESPACE:
            continue  # those that functions emit are held against what they print
        documented = AWS_METRICS[metric.namespace, metric.name]
        assert {one for one, _ in metric.dimensions} in documented.dimensions
        assert asked.statistic in documented.statistics


@pytest.mark.parametrize(("name", "engine", "alarm"), every_alarm())
def test_no_dimension_of_an_alarm_is_empty(name: str, engine: str, alarm: Alarm) -> None:
    for asked in alarm.asked.values():
        for dimension, value in asked.metric.dimensions:
            assert value, dimension


def test_queues_functions_and_the_api_of_alarms_are_those_that_are_deployed() -> None:
    names = {
        "QueueName": {queue.stack.physical_name(queue.logical_id) for queue in deployed().of("AWS::SQS::Queue")},
        "FunctionName": {one.stack.physical_name(one.logical_id) for one in deployed().of("AWS::Lambda::Function")},
        "ApiName": {api["Name"] for api in deployed().of("AWS::ApiGateway::RestApi")},
        "Stage": {stage["StageName"] for stage in deployed().of("AWS::ApiGateway::Stage")},
    }

    watched = _dimensions()

    for dimension, value in watched:
        assert value in names.get(dimension, {value}), (dimension, value)
    assert {dimension for dimension, _ in watched} >= names.keys()


def test_every_queue_and_every_schedule_has_its_alarm() -> None:
    watched = {value for _, value in _dimensions()}
    queues = {queue.stack.physical_name(queue.logical_id) for queue in deployed().of("AWS::SQS::Queue")}
    scheduled = {
        rule["Targets"][0]["Arn"].rpartition(":")[2]
        for rule in deployed().of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
    }

    unwatched = (queues | scheduled) - watched

    assert {name.rpartition("-")[2] for name in unwatched} == {"ProbeHealthFunction"}  # ServiceDown is its alarm


def test_the_webhooks_alarm_is_on_its_route() -> None:
    [dimensions] = {asked.metric.dimensions for asked in alarms()["StripeWebhookFailing"].asked.values()}
    [stage] = deployed().of("AWS::ApiGateway::Stage")
    [api] = deployed().of("AWS::ApiGateway::RestApi")

    resource, method = dict(dimensions)["Resource"], dict(dimensions)["Method"]

    assert method.lower() in api["Body"]["paths"][resource]
    assert all(setting["MetricsEnabled"] for setting in stage["MethodSettings"])  # else no method has metrics


@pytest.mark.parametrize(("name", "engine", "alarm"), every_alarm())
def test_an_expression_names_all_that_is_asked_for(name: str, engine: str, alarm: Alarm) -> None:
    if not alarm.is_query:
        assert names_in(alarm.expression) == alarm.asked.keys()
        assert len(alarm.asked) <= 10  # as many as CloudWatch takes


@pytest.mark.parametrize(("name", "engine", "alarm"), every_alarm())
def test_an_alarm_looks_no_further_back_than_cloudwatch_lets_it(name: str, engine: str, alarm: Alarm) -> None:
    # "The maximum evaluation period is seven days for alarms with a period of at least one hour", else one day; the
    # data of a Metrics Insights query are of the last three hours.
    longest = 10_800 if alarm.is_query else 604_800 if alarm.period >= 3600 else 86_400

    assert alarm.period * alarm.periods <= longest
    assert alarm.needed <= alarm.periods


def test_what_is_not_created_is_not_watched() -> None:
    given = {"DatabaseUrl": "mysql://a@b:3306/c", "MigrationDatabaseUrl": "mysql://m@b:3306/c", "RedisUrl": "redis://b"}
    names = alarms_of(Templates(**given)).keys()

    left_out = alarms().keys() - names

    assert left_out == {
        *("HighCPU", "HighMemory", "HighDisk", "DatabaseConnectionsHigh"),
        *("RedisHighCPU", "RedisHighMemory"),
    }


def test_every_instance_class_that_may_be_chosen_has_its_memory() -> None:
    [source] = [one for one in deployed().sources if "InstanceMemory" in one.get("Mappings", {})]

    assert (
        set(source["Parameters"]["DatabaseInstanceClass"]["AllowedValues"])
        == source["Mappings"]["InstanceMemory"].keys()
    )


def test_functions_emit_into_the_namespace_that_is_watched() -> None:
    namespaces = {
        function["Environment"]["Variables"].get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
        for function in deployed().of("AWS::Lambda::Function")
        if (function["Environment"] or {}).get("Variables")
    }

    assert namespaces == {NAMESPACE}


def test_each_alarm_of_the_shops_metrics_is_proved_by_functions_that_run() -> None:
    # A metric that nobody emits would be noticed there, and only where there is a test.
    source = (ROOT / "tests" / "integration" / "test_alarms_fire.py").read_text(encoding="utf-8")
    on_ours = {
        name
        for name, alarm in alarms().items()
        if alarm.is_query or any(asked.metric.namespace == NAMESPACE for asked in alarm.asked.values())
    }

    assert {name for name in on_ours if f'"{name}"' not in source} == set()


def _dimensions() -> set[tuple[str, str]]:
    """Of everything that alarms watch."""
    return {pair for alarm in alarms().values() for asked in alarm.asked.values() for pair in asked.metric.dimensions}
