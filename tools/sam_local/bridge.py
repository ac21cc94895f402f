"""A Docker network for one run. Its containers reach the servers of this machine at its gateway address."""

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

# The functions find AWS there: tools/sam_image/bootstrap.
_AWS_HOST, AWS_PORT = "aws.microshop.test", 4566


class Bridge:
    """The network. `forward` makes a server that listens on loopback available in it.

    The gateway is an address of this machine that only the containers of this run use, so all its ports are free. At
    the end, the containers in the network are removed.
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
        """Returns options of `sam local`: its containers join the network and find AWS."""
        return ["--docker-network", self.name, "--add-host", f"{_AWS_HOST}:{self.gateway}", "--skip-pull-image"]

    def forward(self, url: str, port: int = 0) -> str:
        """Forward a port to a server of this machine. Returns its URL for containers. Port 0 is any free port."""
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
        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                server_reader, server_writer = await asyncio.open_connection(host, port)
            except OSError:
                writer.close()  # as if the server were down
                return
            await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))

        server = await asyncio.start_server(connect, self.gateway, at)
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
