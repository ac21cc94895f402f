"""The monthly bill of a stage for a number of orders, with a line for everything that costs more than cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.documents.costs import prices, traffic
from tools.templates.deployment import Deployment, Function, deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GIGABYTE = 1e9
_SIZES_OF_LARGE = {"xlarge": 2, "2xlarge": 4, "4xlarge": 8, "8xlarge": 16, "16xlarge": 32}
# Numbers of custom metrics: those emitted every minute, API Gateway's per method, and the shop's per endpoint.
_OWN_METRICS = 40
_METRICS_OF_METHOD = 5
_METRICS_OF_ENDPOINT = 8
# Metrics that an alarm with a Metrics Insights query analyses: one per status, type or reason.
_METRICS_OF_QUERY = 10
# Lambda polls a queue with at least five pollers, each for 20 seconds.
_IDLE_QUEUE_REQUESTS = 5 * prices.SECONDS / 20
# The duration of a scheduled run in seconds. The relay runs until 12 seconds before its timeout.
_RUN_SECONDS = 0.3
_RELAY = "RelayOutboxFunction"
_RELAY_STOPS_EARLIER = 12
_RUNS = {"rate(1 minute)": prices.MINUTES, "rate(1 hour)": prices.HOURS, "cron(17 3 * * ? *)": 30}


@dataclass(frozen=True)
class Line:
    """A billed item with its quantity and its unit price in dollars."""

    group: str
    item: str
    quantity: float
    price: float

    @property
    def dollars(self) -> float:
        return self.quantity * self.price


def bill(stage: str, orders: int, **given: str) -> list[Line]:
    """Returns the lines of the bill; `given` parameters override those of the stage's file."""
    stacks = deployment(stage, **given)
    lines = [
        line for part in (_servers, _network, _requests, _background, _monitoring) for line in part(stacks, orders)
    ]
    return [line for line in lines if line.quantity]


def total(lines: list[Line]) -> float:
    """Returns the sum in dollars per month."""
    return sum(line.dollars for line in lines)


def _servers(stacks: Deployment, orders: int) -> Iterator[Line]:
    values = stacks.parameters
    copies = 2 if values["DatabaseMultiAz"] == "true" else 1
    if values["DatabaseEngine"] == "aurora":
        # The minimum without customers, and about half of the range on average in a busy month.
        low, high = float(values["DatabaseMinAcu"]), float(values["DatabaseMaxAcu"])
        used = low if not orders else (low + high) / 2
        yield Line("Servers", "Aurora, capacity unit hours", used * copies * prices.HOURS, prices.AURORA_ACU_HOURS)
        yield Line("Servers", "Aurora, GB", float(values["DatabaseStorageGiB"]), prices.AURORA_GB)
        yield Line("Servers", "Aurora, reads and writes of pages", orders * 40.0, prices.AURORA_IO)
    else:
        kind = values["DatabaseInstanceClass"]
        yield Line("Servers", f"MySQL, hours of {kind}", copies * prices.HOURS, prices.DATABASE_HOURS[kind])
        yield Line("Servers", "MySQL, GB", copies * float(values["DatabaseStorageGiB"]), prices.DATABASE_GB)
    if stacks.count("AWS::RDS::DBProxy"):
        yield Line("Servers", "RDS Proxy, hours of a vCPU", _proxy_units(values) * prices.HOURS, prices.PROXY_HOURS)
    node = values["RedisNodeType"]
    nodes = 1 + int(values["RedisReplicas"])
    yield Line("Servers", f"Valkey, hours of {node}", nodes * prices.HOURS, prices.REDIS_HOURS[node])
    # The administrator's password of RDS, the payment provider's keys, and the secrets of the templates.
    yield Line("Servers", "Secrets", 2 + stacks.count("AWS::SecretsManager::Secret"), prices.SECRETS)


def _proxy_units(values: Mapping[str, Any]) -> float:
    if values["DatabaseEngine"] == "aurora":
        return max(8.0, float(values["DatabaseMaxAcu"]))
    size = str(values["DatabaseInstanceClass"]).rpartition(".")[2]
    return 2 * _SIZES_OF_LARGE.get(size, 1)  # all smaller classes have two vCPUs


def _network(stacks: Deployment, orders: int) -> Iterator[Line]:
    gateways = stacks.count("AWS::EC2::NatGateway")
    outbound = orders * traffic.OUTBOUND / _GIGABYTE
    yield Line("Network", "NAT, hours", gateways * prices.HOURS, prices.NAT_HOURS)
    yield Line("Network", "NAT, GB", gateways * outbound, prices.NAT_GB)
    yield Line("Network", "NAT, hours of a public address", gateways * prices.HOURS, prices.PUBLIC_ADDRESS_HOURS)
    endpoints = sum(
        len(stack.property(name, "SubnetIds"))
        for stack, name in stacks.of("AWS::EC2::VPCEndpoint")
        if stack.property(name, "VpcEndpointType") == "Interface"
    )
    yield Line("Network", "Endpoints, hours in a zone", endpoints * prices.HOURS, prices.ENDPOINT_HOURS)
    yield Line("Network", "Endpoints, GB", outbound if endpoints else 0, prices.ENDPOINT_GB)
    responses = orders * traffic.REQUESTS * traffic.RESPONSE / _GIGABYTE
    if stacks.count("AWS::CloudFront::Distribution"):
        requests = orders * traffic.REQUESTS
        yield Line("Network", "CloudFront, GB", responses, prices.DISTRIBUTION_OUT_GB)
        yield Line("Network", "CloudFront, requests", requests, prices.DISTRIBUTION_REQUESTS)
        yield Line("Network", "CloudFront, runs of its function", requests, prices.DISTRIBUTION_FUNCTIONS)
    else:
        yield Line("Network", "Responses to the Internet, GB", responses, prices.TRANSFER_OUT_GB)


def _requests(stacks: Deployment, orders: int) -> Iterator[Line]:
    requests, authorized = orders * traffic.REQUESTS, orders * traffic.REQUESTS_WITH_TOKEN
    memory = {function.logical_id: function.memory for function in stacks.functions}
    seconds = sum(
        orders * each.requests * _gb_seconds(memory[each.function], each.milliseconds / 1000)
        for each in traffic.ENDPOINTS
    ) + authorized * _gb_seconds(memory["AuthorizerFunction"], traffic.AUTHORIZER_MILLISECONDS / 1000)
    yield Line("Requests", "API Gateway, requests", requests, prices.API_REQUESTS)
    yield Line("Requests", "Lambda, requests and authorizers", requests + authorized, prices.LAMBDA_REQUESTS)
    initialising = traffic.COLD_STARTS * _gb_seconds(512, traffic.INIT_MILLISECONDS / 1000)
    yield Line("Requests", "Lambda, GB seconds", seconds, prices.LAMBDA_GB_SECONDS)
    yield Line(
        "Requests",
        "Lambda, GB seconds of cold starts",
        (requests + authorized) * initialising,
        prices.LAMBDA_GB_SECONDS,
    )
    rules = sum(len(stack.property(name, "Rules")) for stack, name in stacks.of("AWS::WAFv2::WebACL"))
    yield Line("Requests", "Firewall", stacks.count("AWS::WAFv2::WebACL"), prices.FIREWALL)
    yield Line("Requests", "Firewall, rules", rules, prices.FIREWALL_RULES)
    yield Line("Requests", "Firewall, requests", requests if rules else 0, prices.FIREWALL_REQUESTS)


def _background(stacks: Deployment, orders: int) -> Iterator[Line]:
    functions = stacks.functions
    scheduled = [function for function in functions if function.schedule]
    runs = sum(_RUNS[function.schedule] for function in scheduled)
    others = sum(
        _RUNS[each.schedule] * _gb_seconds(each.memory, _RUN_SECONDS) for each in scheduled if each.logical_id != _RELAY
    )
    deliveries = orders * traffic.deliveries()
    consuming = deliveries * _gb_seconds(512, traffic.CONSUMER_MILLISECONDS / 1000)
    queues = sum(1 for function in functions if function.consumers)
    yield Line("Background", "Relay, GB seconds", relay_gb_seconds(stacks), prices.LAMBDA_GB_SECONDS)
    yield Line("Background", "Schedules and consumers, GB seconds", others + consuming, prices.LAMBDA_GB_SECONDS)
    yield Line("Background", "Schedules and consumers, runs", runs + deliveries, prices.LAMBDA_REQUESTS)
    yield Line("Background", "EventBridge, events", orders * traffic.EVENTS, prices.EVENTS)
    # Three requests per message: send, receive, delete.
    yield Line("Background", "SQS, requests", queues * _IDLE_QUEUE_REQUESTS + 3 * deliveries, prices.QUEUE_REQUESTS)
    yield Line("Background", "SES, mails", orders * traffic.MAILS, prices.MAILS)


def relay_gb_seconds(stacks: Deployment) -> float:
    """Returns the relay's GB seconds per month: it runs almost always, or for a short pass per minute."""
    [relay] = [function for function in stacks.functions if function.logical_id == _RELAY]
    continuous = stacks.parameters["ContinuousRelay"] == "on"
    seconds = relay.timeout - _RELAY_STOPS_EARLIER if continuous else _RUN_SECONDS
    return _RUNS[relay.schedule] * _gb_seconds(relay.memory, seconds)


def _monitoring(stacks: Deployment, orders: int) -> Iterator[Line]:
    functions = stacks.functions
    requests, runs = orders * traffic.REQUESTS, _runs(functions) + orders * traffic.deliveries()
    written = (requests * traffic.LOGS_OF_REQUEST + runs * traffic.LOGS_OF_INVOCATION) / _GIGABYTE
    months_kept = float(stacks.parameters["LogRetentionDays"]) / 30
    methods = sum(1 for function in functions if function.behind_http and function.logical_id != "AuthorizerFunction")
    by_method = methods * _METRICS_OF_METHOD if orders else 0
    if orders and stacks.parameters["EndpointMetrics"] == "on":
        by_method += methods * _METRICS_OF_ENDPOINT
    traces = sum(
        min(count, prices.SECONDS) + max(0, count - prices.SECONDS) * traffic.TRACED for count in (requests, runs)
    )
    yield Line("Monitoring", "Logs, GB written", written, prices.LOG_GB_WRITTEN)
    yield Line("Monitoring", "Logs, GB kept", written * months_kept, prices.LOG_GB_KEPT)
    yield Line("Monitoring", "Metrics of the shop", _OWN_METRICS, prices.METRICS)
    yield Line("Monitoring", "Metrics by method", by_method, prices.METRICS)
    yield Line("Monitoring", "Alarms, by metrics", _alarm_metrics(stacks), prices.ALARM_METRICS)
    yield Line("Monitoring", "Dashboards", stacks.count("AWS::CloudWatch::Dashboard"), prices.DASHBOARDS)
    yield Line("Monitoring", "X-Ray, traces", traces, prices.TRACES)
    yield Line("Monitoring", "Keys of alarms and second factors", stacks.count("AWS::KMS::Key"), prices.KEYS)


def _runs(functions: list[Function]) -> int:
    return sum(_RUNS[function.schedule] for function in functions if function.schedule)


def _alarm_metrics(stacks: Deployment) -> int:
    return sum(
        sum(_read(query) for query in stack.property(name, "Metrics") or [{"MetricStat": {}}])
        for stack, name in stacks.of("AWS::CloudWatch::Alarm")
    )


def _read(query: Mapping[str, Any]) -> int:
    """Returns how many metrics an entry of an alarm's Metrics reads."""
    if "MetricStat" in query:
        return 1
    return _METRICS_OF_QUERY if query["Expression"].startswith("SELECT ") else 0


def _gb_seconds(memory: int, seconds: float) -> float:
    return memory / 1024 * seconds
