"""The functions of one release in a process of its own: a line of JSON an invocation, a line of JSON an answer.

Run as `python -P release_process.py <folder>`; the folder has functions/ and layers/shared/ as the repository does.
It imports nothing of the repository itself: the release brings its own.
"""

import functools
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any


class _Context:
    """What Lambda hands to a handler beside the event."""

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
    """Answer until nobody asks any more; what the functions print goes to standard error."""
    folder, answers = Path(sys.argv[1]), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(folder / "layers" / "shared"))
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"result": _function(folder, asked["function"])(asked["event"], _Context())}
        except Exception as error:  # noqa: BLE001 - as Lambda takes whatever a handler raises
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
