"""The running shop of `make run`, with addresses for containers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tools.local.runner_lock import require_running_stack
from tools.local.servers.ports_and_passwords import LOOPBACK
from tools.local.stack import PARAMETERS_FILE, TEMPLATE
from tools.sam_local.bridge import AWS_PORT
from tools.templates.inventory import read_inventory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.sam_local.bridge import Bridge
    from tools.templates.model import Inventory

_ON_LOOPBACK = (LOOPBACK, "localhost")


@dataclass(frozen=True)
class RunningShop:
    """The address of its AWS stand-in, and the template parameters of its start."""

    aws_endpoint_url: str
    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, data_folder: Path) -> Self:
        """Returns the running shop of this data folder.

        Raises:
            LocalProblem: the shop is not running.
        """
        stack = require_running_stack(data_folder)
        return cls(stack["aws_endpoint_url"], json.loads((data_folder / PARAMETERS_FILE).read_text()))

    def inventory(self, bridge: Bridge) -> Inventory:
        """Returns the inventory of this shop. Its functions use the forwarded addresses of the servers."""
        forwarded = {
            name: bridge.forward(value)
            for name, value in self.parameters.items()
            if "://" in value and urlsplit(value).hostname in _ON_LOOPBACK
        }
        # The relay makes one pass. Otherwise it polls until shortly before its timeout.
        given = {**self.parameters, **forwarded, "ContinuousRelay": "off"}
        aws_endpoint_url = bridge.forward(self.aws_endpoint_url, AWS_PORT)
        return read_inventory(TEMPLATE, parameters=given, aws_endpoint_url=aws_endpoint_url)
