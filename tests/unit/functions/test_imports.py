"""Imports have no effect: clients and settings are created on first use."""

import json
import subprocess
import sys

from tests.support.functions import FOLDER, ROOT

_LAYER = ROOT / "layers" / "shared"

# Imports every module of the layer and every function in a separate process. Records each read of the environment and
# each use of the network.
_WATCH = """
import collections, importlib, importlib.util, json, os, pkgutil, sys
layer, functions = sys.argv[1:]
sys.path.insert(0, layer)
found = []

class Environment(dict):
    def note(self):
        frame = sys._getframe(2)
        while "/collections" in frame.f_code.co_filename or frame.f_code.co_filename == os.__file__:
            frame = frame.f_back
        if frame.f_code.co_filename.startswith((layer, functions)):
            found.append(f"{frame.f_code.co_filename}:{frame.f_lineno} reads the environment")
    def __getitem__(self, name):
        self.note()
        return super().__getitem__(name)
    def get(self, *arguments):
        self.note()
        return super().get(*arguments)
    def __contains__(self, name):
        self.note()
        return super().__contains__(name)

os.environ = Environment(os.environ)
sys.addaudithook(lambda event, _: found.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
import microshop
for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
    importlib.import_module(module.name)
for folder, _, files in os.walk(functions):
    for file in files:
        if file.endswith(".py"):
            found_module = importlib.util.spec_from_file_location("function_" + file[:-3], os.path.join(folder, file))
            found_module.loader.exec_module(importlib.util.module_from_spec(found_module))
print(json.dumps(found))
"""


def test_importing_reads_no_environment_and_asks_no_server() -> None:
    seen = subprocess.run(
        [sys.executable, "-I", "-c", _WATCH, str(_LAYER), str(FOLDER)],
        check=True,
        capture_output=True,
        text=True,
        env={},
    )

    assert json.loads(seen.stdout) == []
