"""The key that seals secrets in the local stack. It survives a restart, and the keys of the AWS stand-in do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from microshop.platform.sealing import LOCAL_PREFIX
from tools.local.servers.ports_and_passwords import stored_password

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.templates.model import Function

_VARIABLE = "SEALING_KEY"
_FILE = "sealing-key"


def with_local_key(functions: Mapping[str, Function], data_folder: Path) -> dict[str, Function]:
    """Returns the functions. Those with a KMS key get the key of the data folder in its place."""
    return {name: _with_key(function, data_folder) for name, function in functions.items()}


def _with_key(function: Function, data_folder: Path) -> Function:
    if _VARIABLE not in function.environment:
        return function
    key = LOCAL_PREFIX + stored_password(data_folder / _FILE)
    return replace(function, environment={**function.environment, _VARIABLE: key})
