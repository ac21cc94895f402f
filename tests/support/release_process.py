"""Runs the functions of one release in a separate process: one line of JSON per invocation and per answer.

Run as `python -P release_process.py <folder>`. The folder has functions/ and layers/shared/, as the repository does.
It imports nothing from the repository, because the release has its own code.
"""

import functools
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any


class _Context:
    """The context that Lambda passes to a handler."""

    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    function_name = "release"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@functools.cache
def _function(folder: Path, name: str) -> Any:
    found = importlib.util.spec_from_file_location(name.replace("/", "_"), folder / "functions" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.handler


def main() -> None:
    """Answer until the input ends. The functions' output goes to standard error."""
    folder, answers = Path(sys.argv[1]), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(folder / "layers" / "shared"))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": _function(folder, request["function"])(request["event"], _Context())}
        except Exception as error:  # noqa: BLE001 - Lambda also reports every exception
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
