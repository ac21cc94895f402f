"""A shop on real servers, whose functions a benchmark runs as Lambda would: with the variables of the templates."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microshop.migrations.runner import migrate
from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.sessions import Sessions
from tests.support.connections import open_database
from tests.support.functions import sample_event
from tests.support.orders import a_customer
from tools import ROOT
from tools.local.backing_services import BackingServices
from tools.local.lambdas.worker_settings import variables
from tools.templates.inventory import read_inventory
from tools.templates.model import Function


@dataclass(frozen=True)
class RunningShop:
    """The servers, and a customer with a session."""

    redis_url: str
    database: Database
    aws_endpoint_url: str
    functions: Mapping[str, Function]
    customer_id: int
    token: str

    def environment_of(self, function: str) -> dict[str, str]:
        """Returns the environment variables of a function such as `orders/place_order`."""
        return variables(self.functions[function], self.aws_endpoint_url)

    def event_of(self, function: str, **changes: Any) -> str:
        """Returns the sample event of an endpoint as text, sent by the customer, with some fields changed."""
        event = {**sample_event(function), **changes}
        if (context := event.get("requestContext")) and "authorizer" in context:
            context["authorizer"].update(principalId=str(self.customer_id), user_id=str(self.customer_id))
        return json.dumps(event)


@contextlib.contextmanager
def running_shop() -> Iterator[RunningShop]:
    """Start the servers, create the tables, a customer and a session."""
    with (
        tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder,
        BackingServices(Path(folder), durable=False, progress=lambda _: None) as servers,
    ):
        migrate(servers.migration_database_url)
        database = open_database(servers.database_url)
        redis = Redis(settings.redis_address(servers.redis_url))
        customer = a_customer(database)
        try:
            yield RunningShop(
                servers.redis_url,
                database,
                servers.aws_endpoint_url,
                _functions(servers),
                customer.user_id,
                Sessions(redis).open(customer.user_id, 3600).token,
            )
        finally:
            database.close()
            redis.close()


def _functions(servers: BackingServices) -> dict[str, Function]:
    parameters = {
        "DatabaseUrl": servers.database_url,
        "MigrationDatabaseUrl": servers.migration_database_url,
        "RedisUrl": servers.redis_url,
    }
    inventory = read_inventory(ROOT / "template.yaml", parameters=parameters, aws_endpoint_url=servers.aws_endpoint_url)
    return {
        f"{function.code.relative_to(ROOT / 'functions')}/{function.handler.partition('.')[0]}": function
        for function in inventory.functions.values()
    }
