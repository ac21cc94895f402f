"""The resources that orders use up: the use of each by a rate of orders, and its limit in a configuration."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.documents.connections import Demand, demand
from tools.documents.consumers import consumers
from tools.documents.costs import traffic
from tools.documents.scale import measured, quotas
from tools.documents.scale.configurations import Configuration
from tools.templates.deployment import Deployment, deployment

# Use beyond this leaves no room for peaks within a minute.
HEADROOM = 0.7
# The assumed share of orders with the most popular product.
HOT_SHARE = 0.1
_STAGE = "prod"
_EVENTS_OF_A_CALL = 10
_RELAY = "RelayOutboxFunction"
_CREDENTIALS = ("RegisterFunction", "LogInFunction")
VCPUS = {
    "db.t4g.micro": 2,
    "db.t4g.small": 2,
    "db.t4g.medium": 2,
    "db.t4g.large": 2,
    "db.m7g.large": 2,
    "db.m7g.xlarge": 4,
    "db.m7g.2xlarge": 8,
    "db.m7g.4xlarge": 16,
    "db.m7g.8xlarge": 32,
    "db.m7g.16xlarge": 64,
}


@dataclass(frozen=True)
class Resource:
    """A resource with its limit. Its use grows with orders a second, from what an idle stack uses."""

    name: str
    limit: float
    an_order: float
    turn: str
    idle: float = 0.0

    def used(self, orders_a_second: float) -> float:
        """Returns the used share of the limit."""
        return (self.idle + self.an_order * orders_a_second) / self.limit

    @property
    def capacity(self) -> float:
        """The highest orders a second that leave headroom."""
        return max((HEADROOM * self.limit - self.idle) / self.an_order, 0.0)


def resources(configuration: Configuration) -> list[Resource]:
    """Returns the resources of a prod stack in this configuration, the first to saturate first."""
    stacks = deployment(_STAGE, **configuration.parameters)
    found = [each for part in (_api, _functions, _servers, _events, _provider) for each in part(stacks, configuration)]
    return sorted(found, key=lambda each: each.capacity)


def capacity(configuration: Configuration) -> float:
    """Returns the highest orders a second of a stack in this configuration, with headroom."""
    return resources(configuration)[0].capacity


def _api(stacks: Deployment, configuration: Configuration) -> Iterator[Resource]:
    values, quota = stacks.parameters, configuration.quota(quotas.API_REQUESTS)
    credentials = max(each.requests for each in traffic.ENDPOINTS if each.function in _CREDENTIALS)
    yield Resource(
        "API Gateway: throttling of the stage", float(values["StageRateLimit"]), traffic.REQUESTS, "`StageRateLimit`"
    )
    yield Resource(
        "API Gateway: throttling of logins",
        float(values["CredentialRateLimit"]),
        credentials,
        "`CredentialRateLimit`",
    )
    yield Resource("API Gateway: quota of the account", quota, traffic.REQUESTS, "the quota; a cache in front")


def _functions(stacks: Deployment, configuration: Configuration) -> Iterator[Resource]:
    authorizers = traffic.REQUESTS_WITH_TOKEN * traffic.AUTHORIZER_MILLISECONDS
    consuming = traffic.deliveries() * traffic.CONSUMER_MILLISECONDS
    busy = (sum(each.requests * each.milliseconds for each in traffic.ENDPOINTS) + authorizers + consuming) / 1000
    invocations = traffic.REQUESTS + traffic.REQUESTS_WITH_TOKEN + traffic.deliveries()
    # An environment handles one request at a time, and at most ten a second.
    executions = max(busy, invocations / quotas.LAMBDA_REQUESTS.value)
    yield Resource(
        "Lambda: concurrent executions",
        configuration.quota(quotas.LAMBDA_CONCURRENCY),
        executions,
        "the quota",
        idle=sum(1 for function in stacks.functions if function.schedule),
    )
    [relay] = [function for function in stacks.functions if function.logical_id == _RELAY]
    vcpus = relay.memory / quotas.LAMBDA_MB_OF_A_VCPU.value
    yield Resource(
        "Outbox: CPU of one relay",
        vcpus / measured.RELAY_CPU_SECONDS,
        traffic.EVENTS,
        "the relay's `MemorySize`; several relays",
    )
    for consumer in consumers():
        own = sum(event in consumer.events for event in traffic.EVENTS_OF_AN_ORDER)
        concurrency = configuration.consumers or consumer.max_concurrency
        if own:
            yield Resource(
                f"Consumer {consumer.name}: executions",
                concurrency,
                own * traffic.CONSUMER_MILLISECONDS / 1000,
                "`max_concurrency` in `infra/consumers.yaml`",
            )


def _servers(stacks: Deployment, configuration: Configuration) -> Iterator[Resource]:
    values, needs = stacks.parameters, demand(_STAGE)
    yield Resource(
        "Database: CPU", VCPUS[values["DatabaseInstanceClass"]], measured.DATABASE_SECONDS, "`DatabaseInstanceClass`"
    )
    yield Resource(
        "Database: connections",
        float(values["DatabaseMaxConnections"]),
        _connections_of_an_order(stacks),
        "`DatabaseMaxConnections`, with the class; RDS Proxy",
        idle=_idle_connections(needs, configuration),
    )
    yield Resource(
        f"Database: row of a product in {HOT_SHARE:.0%} of the orders",
        measured.HOT_PRODUCT,
        HOT_SHARE,
        "no parameter: split its stock into rows, or reserve it in Redis",
    )
    yield Resource("Redis: CPU of its one thread", 1, measured.REDIS_SECONDS, "`RedisNodeType` up to m7g; then shards")


def _connections_of_an_order(stacks: Deployment) -> float:
    """Returns the connections that an order a second keeps busy, as environments of functions with a database."""
    clients = {function.logical_id for function in stacks.functions if function.has_database}
    endpoints = [each for each in traffic.ENDPOINTS if each.function in clients]
    busy = sum(each.requests * each.milliseconds for each in endpoints) / 1000
    return max(busy, sum(each.requests for each in endpoints) / quotas.LAMBDA_REQUESTS.value)


def _idle_connections(needs: Demand, configuration: Configuration) -> float:
    """Returns the connections of everything but HTTP requests, and of one idle environment per function."""
    raised = [max(configuration.consumers - each.max_concurrency, 0) for each in consumers()]
    return needs.background + needs.http_functions + sum(raised)


def _events(_stacks: Deployment, configuration: Configuration) -> Iterator[Resource]:
    yield Resource(
        "EventBridge: PutEvents",
        configuration.quota(quotas.PUT_EVENTS),
        traffic.EVENTS / _EVENTS_OF_A_CALL,
        "the quota",
    )
    yield Resource(
        "EventBridge: deliveries",
        configuration.quota(quotas.EVENT_TARGETS),
        traffic.deliveries(),
        "the quota; a larger region",
    )


def _provider(_stacks: Deployment, configuration: Configuration) -> Iterator[Resource]:
    limit = configuration.quota(quotas.STRIPE_ENDPOINT)
    yield Resource("Stripe: new payments", limit, 1, "ask Stripe, weeks before")
