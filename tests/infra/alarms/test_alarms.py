"""Every alarm watches something that is deployed and measured, and every queue and schedule has an alarm."""

from tests.support.alarm_simulation import NAMESPACE, alarms, alarms_of, deployed, every_alarm, ours
from tests.support.alarms import Alarm, WatchedMetric
from tests.support.aws_metrics import AWS_METRICS
from tests.support.deployment import Templates
from tests.support.metric_math import names_in
from tests.support.metric_store import MetricStore
from tests.support.own_metrics import OWN_METRICS


def test_alarms_watch_metrics_that_are_emitted_with_these_dimensions() -> None:
    unknown = {
        (name, watched.metric.namespace, watched.metric.name)
        for name, alarm in every_alarm().items()
        for watched in alarm.metrics.values()
        if not _is_emitted(watched)
    }

    assert unknown == set()


def test_a_query_of_an_alarm_selects_a_metric_that_the_shop_emits() -> None:
    store = MetricStore()
    for name, sets_of_dimensions in OWN_METRICS.items():
        for dimensions in sets_of_dimensions:
            store.put(ours(name, **dict.fromkeys(dimensions, "any")), 1, at=0)
    queries = {name: alarm.expression for name, alarm in every_alarm().items() if alarm.is_query}

    assert queries
    assert {name for name, expression in queries.items() if not store.matching(expression)[1]} == set()


def test_no_dimension_of_an_alarm_is_empty() -> None:
    empty = {
        (name, dimension)
        for name, alarm in every_alarm().items()
        for watched in alarm.metrics.values()
        for dimension, value in watched.metric.dimensions
        if not value
    }

    assert empty == set()


def test_an_expression_uses_every_metric_of_its_alarm() -> None:
    expressions = {name: alarm for name, alarm in every_alarm().items() if not alarm.is_query}

    assert {name for name, alarm in expressions.items() if names_in(alarm.expression) != alarm.metrics.keys()} == set()
    assert max(len(alarm.metrics) for alarm in expressions.values()) <= 10  # CloudWatch's limit


def test_no_alarm_evaluates_a_longer_period_than_cloudwatch_allows() -> None:
    too_long = {
        name: alarm.period * alarm.periods
        for name, alarm in every_alarm().items()
        if alarm.period * alarm.periods > _longest_period(alarm)
    }

    assert too_long == {}
    assert {name for name, alarm in every_alarm().items() if alarm.needed > alarm.periods} == set()


def test_alarms_name_queues_functions_and_an_api_that_are_deployed() -> None:
    names = {
        "QueueName": {queue.stack.physical_name(queue.logical_id) for queue in deployed().of("AWS::SQS::Queue")},
        "FunctionName": {one.stack.physical_name(one.logical_id) for one in deployed().of("AWS::Lambda::Function")},
        "ApiName": {api["Name"] for api in deployed().of("AWS::ApiGateway::RestApi")},
        "Stage": {stage["StageName"] for stage in deployed().of("AWS::ApiGateway::Stage")},
    }

    watched = _dimensions()

    assert {(dimension, value) for dimension, value in watched if value not in names.get(dimension, {value})} == set()
    assert {dimension for dimension, _ in watched} >= names.keys()


def test_every_queue_and_every_schedule_has_an_alarm() -> None:
    watched = {value for _, value in _dimensions()}
    queues = {queue.stack.physical_name(queue.logical_id) for queue in deployed().of("AWS::SQS::Queue")}
    scheduled = {
        rule["Targets"][0]["Arn"].rpartition(":")[2]
        for rule in deployed().of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
    }

    unwatched = (queues | scheduled) - watched

    assert {name.rpartition("-")[2] for name in unwatched} == {"ProbeHealthFunction"}  # ServiceDown is its alarm


def test_the_alarm_of_webhooks_watches_their_route() -> None:
    [dimensions] = {watched.metric.dimensions for watched in alarms()["StripeWebhookFailing"].metrics.values()}
    stage, _ = deployed().of("AWS::ApiGateway::Stage")
    api, _ = deployed().of("AWS::ApiGateway::RestApi")

    resource, method = dict(dimensions)["Resource"], dict(dimensions)["Method"]

    assert method.lower() in api["Body"]["paths"][resource]
    assert all(setting["MetricsEnabled"] for setting in stage["MethodSettings"])  # otherwise no method has metrics


def test_servers_that_are_not_created_have_no_alarms() -> None:
    given = {"DatabaseUrl": "mysql://a@b:3306/c", "MigrationDatabaseUrl": "mysql://m@b:3306/c", "RedisUrl": "redis://b"}
    names = alarms_of(Templates(**given)).keys()

    left_out = alarms().keys() - names

    assert left_out == {
        *("HighCPU", "HighMemory", "HighDisk", "DatabaseConnectionsHigh"),
        *("RedisHighCPU", "RedisHighMemory"),
    }


def test_every_allowed_instance_class_has_its_memory() -> None:
    [source] = [one for one in deployed().sources if "InstanceMemory" in one.get("Mappings", {})]

    assert (
        set(source["Parameters"]["DatabaseInstanceClass"]["AllowedValues"])
        == source["Mappings"]["InstanceMemory"].keys()
    )


def test_functions_emit_into_the_namespace_that_alarms_watch() -> None:
    namespaces = {
        function["Environment"]["Variables"].get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
        for function in deployed().of("AWS::Lambda::Function")
        if (function["Environment"] or {}).get("Variables")
    }

    assert namespaces == {NAMESPACE}


def _is_emitted(watched: WatchedMetric) -> bool:
    """Whether the shop or AWS emits the metric with these dimensions, and the statistic makes sense of it."""
    metric = watched.metric
    dimensions = frozenset(name for name, _ in metric.dimensions)
    if metric.namespace == NAMESPACE:
        return dimensions - {"service"} in OWN_METRICS.get(metric.name, ())
    documented = AWS_METRICS.get((metric.namespace, metric.name))
    return documented is not None and dimensions in documented.dimensions and watched.statistic in documented.statistics


def _longest_period(alarm: Alarm) -> int:
    # "The maximum evaluation period is seven days for alarms with a period of at least one hour", else one day; a
    # Metrics Insights query has data of the last three hours.
    if alarm.is_query:
        return 10_800
    return 604_800 if alarm.period >= 3600 else 86_400


def _dimensions() -> set[tuple[str, str]]:
    """Returns the dimensions of everything that alarms watch."""
    return {
        pair for alarm in alarms().values() for watched in alarm.metrics.values() for pair in watched.metric.dimensions
    }
