"""The cost of a request in a warm environment: `python -m tests.benchmarks.warm_path` prints the tables.

`--check` measures only what has a budget, and fails if it is exceeded: `make bench-quick`.

A process handles few requests, another one many: the difference contains neither the start nor the first request.
"""

import itertools
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from microshop.platform import settings
from microshop.platform.redis import Redis
from microshop.products.queries import ProductQueries
from microshop.products.reading import render_product
from tests.benchmarks import artifacts, instructions, peers, report
from tests.benchmarks.instructions import PYTHON
from tests.benchmarks.report import Bar, BarChart, Cell, Progress, Section, Table
from tests.benchmarks.running_shop import RunningShop, running_shop
from tests.support.catalogue import put_on_sale
from tests.support.functions import sample_event
from tests.support.request_bodies import ADDRESS
from tools.previous_release import previous_release

_DRIVER = Path(__file__).with_name("repeated_requests.py")
_FEW, _MANY = 50, 150
_PRODUCTS = 20
# In the output of the shop: an answer without the cache, or the metric of a dependency that was down.
_DISTURBANCE = re.compile(r'"cache":"(?!hit)|system_errors_total')
_AUTHORIZER, _PLACE = "gateway/authorizer", "orders/place_order"
_HIT = "product hit"
# A product hit may cost this share of the same hit with the stack that most people would choose.
_BUDGET, _USUAL_STACK = 0.5, "FastAPI + Mangum"
# Idempotency keys of two processes must differ.
_PROCESSES = itertools.count(1)

_METHOD = (
    "Instructions in user space of one request, from the event as JSON to the answer as JSON, in a warm environment "
    f"with real MariaDB and Redis: the difference of a process that handles {_MANY} requests and one that handles "
    f"{_FEW}. It contains the log line and the metrics, but not the kernel and the servers."
)
_METHOD_OF_PEERS = (
    "The peers serve a product that is in Redis as JSON: GET, JSON in and out, a log line with powertools' Logger, a "
    "metric with its Metrics. The shop does the same with two metrics, checks the query, and compares the ETag. Its "
    f"budget is {_BUDGET:g} times {_USUAL_STACK}."
)


class Request(NamedTuple):
    """A request to measure: the handler's module, its folders, its variables and its event, as text."""

    module: str
    path: Sequence[Path]
    environment: Mapping[str, str]
    event: str


def measure(progress: Progress) -> Section:
    """Measure the requests of the shop, before and now, and a product hit of each peer."""
    instructions.require_valgrind()
    progress("building the artifacts of the previous release and of the working tree")
    before, now = artifacts.released(), artifacts.current()
    with running_shop() as shop:
        progress("filling the shop")
        events = _events(shop)
        own = {}
        for title, (function, event) in events.items():
            progress(title)
            own[title] = [_per_request(_request(shop, built, function, event)) for built in (before, now)]
        hits = {}
        for stack in peers.STACKS:
            progress(stack)
            hits[stack] = _per_request(_peers_request(shop, stack, events[_HIT][1]))
    return _section(own, hits)


def check() -> None:
    """Exit with the share of a product hit if it exceeds its budget."""
    instructions.require_valgrind()
    now = artifacts.current()
    with running_shop() as shop:
        function, event = _events(shop)[_HIT]
        report.print_progress(_HIT)
        own = _per_request(_request(shop, now, function, event))
        report.print_progress(_USUAL_STACK)
        usual = _per_request(_peers_request(shop, _USUAL_STACK, event))
    share = f"a product hit costs {own / usual:.3f} times {_USUAL_STACK}, and its budget is {_BUDGET:g}"
    if own > _BUDGET * usual:
        sys.exit(f"bench-quick: {share}")
    print(share)


def _events(shop: RunningShop) -> dict[str, tuple[str, str]]:
    """Returns the function and the event of each request, by the request's title."""
    products = [put_on_sale(shop.database, name=f"Kettle {number}", stock=1_000_000) for number in range(_PRODUCTS)]
    items = [{"product_id": product, "quantity": 1} for product in products[:2]]
    order, place = sample_event(_PLACE), json.dumps({"items": items, "address": ADDRESS})
    headers = order["multiValueHeaders"] | {"idempotency-key": ["{process}-{number}"]}
    return {
        "authorizer": (_AUTHORIZER, shop.event_of(_AUTHORIZER, authorizationToken=f"Bearer {shop.token}")),
        _HIT: ("products/get_product", shop.event_of("products/get_product", pathParameters={"id": str(products[0])})),
        "profile": ("users/get_profile", shop.event_of("users/get_profile")),
        f"list of {_PRODUCTS} products": (
            "products/list_products",
            shop.event_of("products/list_products", queryStringParameters=None, multiValueQueryStringParameters=None),
        ),
        "order of two products": (_PLACE, shop.event_of(_PLACE, multiValueHeaders=headers, body=place)),
    }


def _request(shop: RunningShop, built: artifacts.Artifacts, function: str, event: str) -> Request:
    # The benchmark's customer may have more unpaid orders than others.
    environment = {**shop.environment_of(function), "MAX_UNPAID_ORDERS": "1000000"}
    return Request(function.rpartition("/")[2], built.path_of(function), environment, event)


def _peers_request(shop: RunningShop, stack: str, event: str) -> Request:
    """Returns the request of a peer, which answers with the shop's product."""
    number = json.loads(event)["pathParameters"]["id"]
    redis = Redis(settings.redis_address(shop.redis_url))
    redis.command("SET", f"product:{number}", _product(shop, int(number)))
    redis.close()
    peer = peers.Peer(stack, "cached_product")
    changed = json.loads(event) | {"path": f"/api/v1/products/{number}"}
    environment = {**peer.environment(), "REDIS_URL": shop.redis_url}
    return Request(peer.module, peer.path(), environment, json.dumps(changed))


def _product(shop: RunningShop, product_id: int) -> str:
    rendered = render_product(product_id, ProductQueries(shop.database, "USD"))
    assert rendered is not None
    return rendered.body


def _per_request(request: Request) -> float:
    """Returns the instructions of one request."""
    # Fills the cache. Under valgrind the first request may load the database's client for longer than the lease of the
    # entry (3 s), which is then not stored. The second request has the client.
    _run(request, 2)
    few, many = (_undisturbed(request, requests) for requests in (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW)


def _undisturbed(request: Request, requests: int) -> int:
    """Returns the instructions of requests that the cache answers, if their endpoint has one.

    A single miss loads the database's client, of 85 million instructions. The difference of the two processes would be
    wrong by 850,000 a request, and could be negative.
    """
    count, output = _run(request, requests)
    if _DISTURBANCE.search(output):
        sys.exit("bench: the cache did not answer every request: repeat the benchmark on a quieter machine")
    return count


def _run(request: Request, requests: int) -> tuple[int, str]:
    path, runtime = ([str(folder) for folder in folders] for folders in (request.path, peers.lambda_runtime()))
    event = request.event.replace("{process}", str(next(_PROCESSES)))
    arguments = json.dumps([path, runtime, request.module, event, requests])
    return instructions.count_with_output([PYTHON, "-S", "-B", str(_DRIVER), arguments], request.environment)


def _section(own: Mapping[str, Sequence[float]], hits: Mapping[str, float]) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (title, round(before / 1e3), round(now / 1e3), f"{100 * (now / before - 1):+.1f} %")
        for title, (before, now) in own.items()
    ]
    hit = own[_HIT][1]
    compared = {"microshop": hit, **hits}
    bars = tuple(Bar(title, count / 1e3, is_shop=title == "microshop") for title, count in compared.items())
    limit = _BUDGET * hits[_USUAL_STACK] / 1e3
    return Section(
        "Warm requests",
        (_METHOD, _METHOD_OF_PEERS),
        (
            Table(("Request", "Previous release", "Now", "Change"), tuple(rows), "Thousand instructions a request"),
            Table(
                ("A product hit of", "Thousand instructions", "microshop's share"),
                tuple((title, round(count / 1e3), hit / count) for title, count in compared.items()),
            ),
        ),
        (BarChart("product-hit", "A product from the cache", "thousand instructions", bars, limit),),
        {"previous release": previous_release()[:7], **peers.versions()},
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        report.main(measure)
