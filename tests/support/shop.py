"""Runs the whole shop for tests over HTTP: the local stack in a thread, on its own servers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
from copy import replace
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import requests

from microshop.listings.adopting import adopt_product
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from microshop.scopes import EVERYTHING
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users import registration
from microshop.users.access import Access
from microshop.users.schemas import RegisterRequest
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from tests.support.api_description import check
from tests.support.catalogue import put_on_sale
from tests.support.payments_provider import PaymentsProvider
from tests.support.stack_thread import serve_in_thread
from tests.support.tables import row_counts
from tests.support.use_cases import catalogue
from tools.demo.data import load_demo_data
from tools.local.events.schedules import Schedules
from tools.local.lambdas.limits import Limits
from tools.local.logs import Log
from tools.local.stripe.registration import register

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.servers import ServerUrls
    from tools.local.stack import Invoke

# Nothing listens on port 1: it is privileged, and no test uses it.
NO_DATABASE = "mysql://user:password@127.0.0.1:1/microshop"
NO_REDIS = "redis://127.0.0.1:1/0"

_LIMITS = Limits(environments_per_function=2, idle=60.0)
_PATIENCE_SECONDS = 60.0  # only ends a test that hangs
# The tests have few accounts with many unpaid orders.
ROOM_FOR_ORDERS = {"MaxUnpaidOrders": "1000"}
_NUMBERS = itertools.count(1)
# Changes of existing rows. Tables that only grow are counted.
_CHANGES = (
    "SELECT MAX(updated_at) AS changed_at, SUM(credentials_version) AS changes FROM users",
    """
    SELECT SUM(archived = FALSE) AS on_sale, SUM(version) AS versions, SUM(stock) AS stock,
           SUM(low_stock_threshold) AS thresholds
    FROM products
    """,
    "SELECT SUM(version) AS order_versions FROM orders",
    """
    SELECT SUM(captured_minor) AS captured, SUM(refunded_minor) AS promised_back, MAX(updated_at) AS payment_changed_at
    FROM payments
    """,
    "SELECT MAX(updated_at) AS refund_changed_at FROM refunds",
)


@dataclass(frozen=True)
class Customer:
    """A user who is logged in."""

    id: int
    email: str
    password: str
    token: str

    @property
    def authorization(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Shop:
    """A running shop. Every answer to `ask` is checked against the API's description.

    Its schedules do not run and its payment provider sends no webhooks, unless a test does so.
    """

    url: str
    database: Database
    redis: Redis
    log: io.StringIO
    provider: PaymentsProvider
    webhook_secret: str
    _control_url: str
    _session: requests.Session = field(default_factory=requests.Session)

    def ask(
        self,
        method: str,
        path: str,
        *,
        by: Customer | None = None,
        json: object = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        query: object = None,
    ) -> requests.Response:
        """Sends a request, and checks the answer against the API description. `path` follows /api/v1."""
        answer = self.ask_unchecked(
            method,
            path,
            json=json,
            body=body,
            query=query,
            headers={**(by.authorization if by else {}), **(headers or {})},
        )
        check(answer)
        return answer

    def ask_unchecked(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        query: object = None,
    ) -> requests.Response:
        """Sends a request that the API description need not contain."""
        return self._session.request(
            method,
            f"{self.url}/api/v1{path}",
            json=json,
            data=body,
            headers=headers,
            params=query,  # type: ignore[arg-type]
            timeout=_PATIENCE_SECONDS,
        )

    def invoke(self, function: str) -> Any:
        """Invoke a background function such as ResolvePaymentsFunction. Returns its result."""
        path = f"/2015-03-31/functions/{function}/invocations"
        answer = self._session.post(self._control_url + path, data=b"{}", timeout=_PATIENCE_SECONDS)
        assert "X-Amz-Function-Error" not in answer.headers, answer.text
        return answer.json()

    def customer(self) -> Customer:
        """Register a customer and log in."""
        password = "correct horse battery"
        email = f"customer-{next(_NUMBERS)}@example.com"
        user_id = registration.register(
            RegisterRequest(username="Ada", email=email, password=password),
            UsersUnitOfWork(self.database),
            shop_name="Teahouse",
        )
        return Customer(user_id, email, password, Sessions(self.redis).open(user_id, 3600).token)

    def admin(self) -> Customer:
        """Register an admin and log in."""
        made, sessions = self.customer(), Sessions(self.redis)
        set_owner(made.email, sessions, StaffUnitOfWork(self.database, self.redis), is_owner=True)
        return replace(made, token=sessions.open(made.id, 3600, Access(EVERYTHING)).token)

    def product(self, *, stock: int = 10, price_minor: int = 1999, **details: Any) -> int:
        """Create a product, as if a minute ago: the list of categories counts it. Returns its id."""
        self.redis.command("DEL", "product:{categories}")
        product_id = put_on_sale(self.database, stock=stock, price_minor=price_minor, **details)
        adopt_product(product_id, catalogue(self.database))  # before the schedule does it, during a test
        return product_id

    def order(self, by: Customer, product_id: int, quantity: int = 1, **more: Any) -> int:
        """Place an order of `by`. Returns its id."""
        body = {"product_id": product_id, "quantity": quantity, "address": "1 Main Street", **more}
        answer = self.ask("POST", "/orders", by=by, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["order_id"])

    def contents(self) -> dict[str, Any]:
        """The data that a refused request must not change."""
        changes = {name: value for sql in _CHANGES for name, value in self.database.rows(sql)[0].items()}
        return {**row_counts(self.database), **changes}

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self.database.close()
        self.redis.close()


@contextlib.contextmanager
def running_shop(
    servers: ServerUrls,
    folder: Path,
    *,
    database_url: str | None = None,
    redis_url: str | None = None,
    throttle: bool = False,
    migrated: bool = True,
    **parameters: str,
) -> Iterator[Shop]:
    """The shop of the template. `parameters` are the template's."""

    async def prepare(invoke: Invoke) -> None:
        if migrated:
            await invoke("MigrateFunction", {})
            await asyncio.to_thread(load_demo_data, servers.database, servers.redis, lambda _: None)

    log = io.StringIO()
    assert servers.stripe is not None
    arguments = {
        "database_url": database_url or servers.database,
        "migration_database_url": servers.migration_database,
        "redis_url": redis_url or servers.redis,
        "aws_endpoint_url": servers.aws_endpoint,
        "stripe_url": servers.stripe,
        "data_folder": folder,
        "port": 0,
        "throttle": throttle,
        "prepare": prepare,
        "parameters": ROOM_FOR_ORDERS | parameters,
        "limits": _LIMITS,
        "log": Log(log, readable=False),
    }
    with contextlib.ExitStack() as stack:
        # Only while this stack starts, because another stack in this process may need its schedules.
        with patch.object(Schedules, "run", _run_no_schedules):
            info = stack.enter_context(serve_in_thread(arguments))
        provider = PaymentsProvider(servers.stripe)
        provider.reset()
        shop = Shop(
            info.url,
            Database(database_address(servers.database)),
            Redis(redis_address(servers.redis)),
            log,
            provider,
            register(servers.stripe, folder, servers.aws_endpoint).webhook_secret,
            info.control_url,
        )
        with contextlib.closing(shop):
            yield shop


async def _run_no_schedules(_schedules: Schedules) -> None:
    """Replaces Schedules.run."""
