"""The HTTP client of a load test, and that arrivals over HTTP do not wait for answers."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tools.load.client import Client
from tools.load.generator import Journey, generate
from tools.load.journeys import Shop, Visit
from tools.load.measurements import NO_ANSWER, Measurements
from tools.load.steps import READ_PRODUCT
from tools.problems import LocalProblem

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def test_all_requests_arrive_at_a_server_that_answers_none_before_the_last() -> None:
    expected = 150  # more than the connections that an HTTP client allows by default
    arrived, all_here = itertools.count(1), asyncio.Event()

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        if next(arrived) == expected:
            all_here.set()
        await all_here.wait()
        return web.json_response({})

    async def main() -> Measurements:
        measured = Measurements()
        async with _serving(answer) as url, _client(url) as client:
            shop = Shop(client, measured, (), ())
            await generate(_reads(shop, expected), interval=0.001, measurements=measured, stop=asyncio.Event())
        return measured

    measured = asyncio.run(main())

    assert measured.completed_journeys == expected
    assert measured.steps[READ_PRODUCT].outcomes == {(200, ""): expected}


def test_problems_and_missing_answers_are_named() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/1"):
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"type": "urn:problem:microshop:not-found"}, status=404)

    async def main() -> list[tuple[int, str]]:
        async with _serving(answer) as url, _client(url) as client:
            answers = [await client.send("GET", f"/products/{number}") for number in (1, 2)]
            return [(each.status, each.problem) for each in answers]

    assert asyncio.run(main()) == [(NO_ANSWER, "ServerDisconnectedError"), (404, "not-found")]


def test_preparation_waits_when_it_is_throttled() -> None:
    answers = iter((429, 503, 200))

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"id": 1}, status=next(answers), headers={"Retry-After": "0"})

    async def main() -> object:
        async with _serving(answer) as url, _client(url) as client:
            return await client.require("POST", "/products", body={})

    assert asyncio.run(main()) == {"id": 1}


def test_preparation_fails_with_a_sentence() -> None:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"errors": [{"field": "price", "reason": "is too high"}]}, status=400)

    async def main() -> None:
        async with _serving(answer) as url, _client(url) as client:
            with pytest.raises(LocalProblem, match="refused POST /products: 400 price is too high"):
                await client.require("POST", "/products", body={})
        async with _client(url) as client:
            with pytest.raises(LocalProblem, match="does not answer"):
                await client.require("GET", "/products")

    asyncio.run(main())


def _reads(shop: Shop, number: int) -> Iterator[Journey]:
    async def read(intended: float) -> bool:
        await Visit(shop, intended).request(READ_PRODUCT, of=1)
        return True

    return itertools.repeat(read, number)


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Client]:
    client = Client(url)
    yield client
    await client.close()


@asynccontextmanager
async def _serving(answer: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    await web.SockSite(runner, listener).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    await runner.cleanup()
