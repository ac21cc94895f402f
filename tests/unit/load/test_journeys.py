"""The journeys send the traffic of the costs, measure every step, and end at an error."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.support.deployment import ROOT
from tests.support.virtual_time import run_in_virtual_time
from tools.documents.costs import traffic
from tools.load import steps
from tools.load.client import Answer, Client
from tools.load.generator import generate
from tools.load.journeys import Shop, mix, requests_per_journey
from tools.load.measurements import Measurements
from tools.load.steps import Step
from tools.templates.inventory import read_inventory

_ORDER = {"id": 4711, "status": "confirmed", "payment_status": "paid"}
_BODY = {
    **_ORDER,
    "items": [{"id": 1}, {"id": 2}],
    "client_secret": "pi_1_secret_2",
    "publishable_key": "pk_test_1",
}
# Requests of the costs that are no steps of a journey: accounts exist before, and the provider sends its webhooks.
_OTHERS = {"RegisterFunction", "LogInFunction", "StripeWebhookFunction", "CancelOrderFunction"}
_OF_ADMIN = {steps.ADMIN_LISTS_ORDERS, steps.ADMIN_ADJUSTS_STOCK}  # the costs leave them out


def test_the_mix_is_the_traffic_of_the_costs() -> None:
    api = read_inventory(ROOT / "template.yaml", parameters={}, aws_endpoint_url="http://aws.invalid").apis[0]
    functions = {(route.method, route.path): str(route.function) for route in api.routes}
    orders = 20
    measured = _run(FakeClient(), journeys=5 * orders, admin="admin", provider_url="http://127.0.0.1:1")

    sent = Counter[str]()
    for step, requests in measured.steps.items():
        if step not in _OF_ADMIN | {steps.PAY}:
            sent[functions[step.method, f"/api/v1{step.path}"].removeprefix("microshop-")] += len(requests.seconds)

    expected = {each.function: each.requests for each in traffic.ENDPOINTS if each.function not in _OTHERS}
    # Nothing can be shipped before the first order.
    assert {name: round(count / orders, 1) for name, count in sent.items()} == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("admin", "provider_url"), [("", ""), ("admin", ""), ("", "http://127.0.0.1:1"), ("admin", "http://127.0.0.1:1")]
)
def test_requests_per_journey_are_those_that_it_sends(admin: str, provider_url: str) -> None:
    client = FakeClient()
    journeys = 400
    _run(client, journeys=journeys, admin=admin, provider_url=provider_url)

    shop = _shop(client, Measurements(), admin, provider_url)
    assert client.sent / journeys == pytest.approx(requests_per_journey(shop), rel=0.01)


def test_an_error_ends_the_journey_and_is_counted_with_its_type() -> None:
    client = FakeClient({steps.PLACE_ORDER: Answer(409, problem="out-of-stock")})

    measured = _run(client, journeys=4)

    assert measured.completed_journeys == 3
    assert measured.steps[steps.PLACE_ORDER].outcomes == {(409, "out-of-stock"): 1}
    assert steps.READ_ORDER not in measured.steps


def test_a_late_start_is_part_of_the_first_latency_only() -> None:
    measured = Measurements()

    async def run() -> None:
        await asyncio.sleep(3)
        [visit] = itertools.islice(mix(_shop(FakeClient(seconds=1), measured, "", "")), 1)
        await visit(1.0)  # two seconds late

    run_in_virtual_time(run)

    assert list(measured.steps[steps.LIST_PRODUCTS].seconds) == pytest.approx([3])
    assert list(measured.steps[steps.READ_PRODUCT].seconds) == pytest.approx([1] * 5)


def test_orders_that_nobody_ships_are_cancelled() -> None:
    measured = _run(FakeClient(), journeys=8)

    assert len(measured.steps[steps.CANCEL_ORDER].seconds) == 2


class FakeClient(Client):
    """Answers every request, by default with success."""

    def __init__(self, answers: Mapping[Step, Answer] | None = None, seconds: float = 0.0) -> None:
        self._answers = {(step.method, step.path): answer for step, answer in (answers or {}).items()}
        self._seconds = seconds
        self.sent = 0

    async def send(self, method: str, path: str, **_: object) -> Answer:
        self.sent += 1
        await asyncio.sleep(self._seconds)
        return self._answers.get((method, path), Answer(200, _BODY))

    async def send_form(self, *_: object) -> Answer:
        return Answer(200, {})


def _run(client: Client, *, journeys: int, admin: str = "", provider_url: str = "") -> Measurements:
    measured = Measurements()

    async def run() -> None:
        wanted = itertools.islice(mix(_shop(client, measured, admin, provider_url)), journeys)
        await generate(wanted, interval=1, measurements=measured, stop=asyncio.Event())

    run_in_virtual_time(run)
    return measured


def _shop(client: Client, measured: Measurements, admin: str, provider_url: str) -> Shop:
    return Shop(client, measured, ("token",), (1, 2, 3), admin=admin, provider_url=provider_url)
