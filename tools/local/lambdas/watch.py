"""Watches the code. A change in a function or layer replaces the environments that run it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, DefaultFilter, awatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log
    from tools.templates.model import Function, Inventory

_DEBOUNCE = 200  # milliseconds; a checkout, or the write and rename of an editor, count as one change


class Sources(DefaultFilter):
    """Ignores files without an extension, which editors and `perl -i` create while they write a file."""

    def __call__(self, change: Change, path: str) -> bool:
        return bool(Path(path).suffix) and super().__call__(change, path)


async def watch(inventory: Inventory, environments: Environments, log: Log) -> None:
    """Run until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_watch_code(inventory, environments, log))
        group.create_task(_watch_templates(inventory, log))


async def _watch_code(inventory: Inventory, environments: Environments, log: Log) -> None:
    functions = inventory.functions.values()
    folders = {folder for function in functions for folder in (function.code, *function.layers) if folder.is_dir()}
    async for changes in awatch(*folders, watch_filter=Sources(), debounce=_DEBOUNCE):
        changed = [Path(path) for _, path in changes]
        outdated = affected(functions, changed)
        for function in outdated:
            environments.pools[function.name].replace_all()
        log.info(f"{changed[0].name} changed: new environments for {_listed(outdated)}")


async def _watch_templates(inventory: Inventory, log: Log) -> None:
    # Watches the folders, because editors replace files, and a watch on a file ends with the file.
    names = {str(file) for file in inventory.files}

    def is_template(_: Change, path: str) -> bool:
        return path in names

    folders = {file.parent for file in inventory.files}
    async for changes in awatch(*folders, watch_filter=is_template, debounce=_DEBOUNCE, recursive=False):
        changed = ", ".join(sorted({Path(path).name for _, path in changes}))
        message = f"{changed} changed: run `make run` again to use it"
        log.warning(message)


def affected(functions: Iterable[Function], changed: Iterable[Path]) -> list[Function]:
    """Returns the functions whose folder or layers contain one of the files."""
    paths = list(changed)
    return [
        function
        for function in functions
        if any(path.is_relative_to(folder) for path in paths for folder in (function.code, *function.layers))
    ]


def _listed(functions: list[Function]) -> str:
    if len(functions) > 4:
        return f"{len(functions)} functions"
    return ", ".join(sorted(function.logical_id for function in functions))
