"""A Docker network of a test run's own, on whose gateway address the servers of this machine can be reached."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tools.sam_image.image import docker

if TYPE_CHECKING:
    from collections.abc import Coroutine

# tools/sam_image/bootstrap has the functions find AWS there.
_AWS_HOST, AWS_PORT = "aws.microshop.test", 4566


class Bridge:
    """The network; `reach` forwards from it to a server that listens on loopback only.

    The network's gateway is an address of this machine that only its containers use: every run has its own, so that
    ports on it are free, and what is left of a run is what is still in its network.
    """

    def __init__(self) -> None:
        self.name = f"microshop-sam-{os.getpid()}"
        self.gateway = ""
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bridge", daemon=True)

    def __enter__(self) -> Self:
        docker("network", "create", self.name)
        self.gateway = self._described()["IPAM"]["Config"][0]["Gateway"]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        for container in self._described()["Containers"]:
            docker("rm", "--force", container, may_fail=True)
        docker("network", "rm", self.name)

    @property
    def options(self) -> list[str]:
        """What `sam local` is told, so that its containers are in the network and find AWS."""
        return ["--docker-network", self.name, "--add-host", f"{_AWS_HOST}:{self.gateway}", "--skip-pull-image"]

    def reach(self, url: str, port: int = 0) -> str:
        """The URL of a server of this machine as containers have it; they find it at `port`, or at any that is free."""
        target = urlsplit(url)
        found = self._run(self._listen(target.hostname or "", target.port or 0, port))
        login, at, _ = target.netloc.rpartition("@")
        return target._replace(netloc=f"{login}{at}{self.gateway}:{found}").geturl()

    def _described(self) -> dict[str, dict]:  # type: ignore[type-arg]
        described: dict[str, dict] = json.loads(docker("network", "inspect", self.name))[0]  # type: ignore[type-arg]
        return described

    def _run[T](self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self, host: str, port: int, at: int) -> int:
        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                there = await asyncio.open_connection(host, port)
            except OSError:
                writer.close()  # as a server that is away
                return
            await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))

        server = await asyncio.start_server(forward, self.gateway, at)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            await asyncio.wait([task])


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
