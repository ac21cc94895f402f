"""Loads functions as Lambda does, each from its own folder, and the events that stand for them in events/."""

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
    """The module of `users/register`, as new as in a new execution environment."""
    found = importlib.util.spec_from_file_location(f"function_{name.replace('/', '_')}", FOLDER / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def sample_event(name: str) -> dict[str, Any]:
    """events/register.json for `users/register`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{Path(name).name}.json").read_text(encoding="utf-8"))
    return event


def plug(module: ModuleType, **fakes: object) -> None:
    """Give the function a fake for each name that it imported; whatever it is made with is ignored."""
    for name in ("database", "redis"):
        if hasattr(module, name):
            setattr(module, name, lambda: None)
    if hasattr(module, "lease"):
        module.lease = lambda *_: nullcontext(enter_result=True)  # type: ignore[attr-defined]
    for name, fake in fakes.items():
        assert hasattr(module, name), name
        setattr(module, name, lambda *_ignored, fake=fake, **_named: fake)


def forget_connections() -> None:
    """Close what this process's execution environment has open, so that the next use reads the environment anew."""
    from microshop.platform.mysql import database
    from microshop.platform.redis import redis

    for client in (database, redis):
        if client.cache_info().currsize:
            client().close()
        client.cache_clear()
