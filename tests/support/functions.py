"""Loads functions as Lambda does, each from its own folder, and their sample events."""

import importlib.util
import json
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "functions"

NAMES = sorted(str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.rglob("*.py"))


def load_function(name: str) -> ModuleType:
    """Load the module of a function such as `users/register`, as a new execution environment does."""
    found = importlib.util.spec_from_file_location(f"function_{name.replace('/', '_')}", FOLDER / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def sample_event(name: str) -> dict[str, Any]:
    """The sample event, such as events/register.json for `users/register`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{Path(name).name}.json").read_text(encoding="utf-8"))
    return event


def plug(module: ModuleType, **fakes: object) -> None:
    """Replace names that the function imported by factories of the fakes, which ignore their arguments."""
    for name in ("database", "redis"):
        if hasattr(module, name):
            setattr(module, name, lambda: None)
    if hasattr(module, "lease"):
        module.lease = lambda *_: nullcontext(enter_result=True)  # type: ignore[attr-defined]
    for name, fake in fakes.items():
        assert hasattr(module, name), name
        setattr(module, name, lambda *_ignored, fake=fake, **_named: fake)


def forget_connections() -> None:
    """Close the connections of this process, so that the next use reads the environment variables again."""
    from microshop.platform.mysql import database
    from microshop.platform.redis import redis

    for client in (database, redis):
        if client.cache_info().currsize:
            client().close()
        client.cache_clear()
