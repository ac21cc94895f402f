"""The modules that each function loads in a cold start.

A function that calls a payment provider loads the provider's client with its first call. The first request waits for
that, so it counts too.
"""

import json
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.support.deployed_packages import missing_in_lambda
from tests.support.functions import FOLDER, NAMES, ROOT

# Packages that make a start slow, and a module of each that is loaded if the package is really used: Powertools imports
# only the empty root of botocore, which costs almost nothing.
_NOTABLE = {
    "argon2": "argon2",
    "boto3": "boto3",
    "botocore": "botocore.session",
    "dataclasses": "dataclasses",
    "hiredis": "hiredis",
    "powertools": "aws_lambda_powertools",
    "pydantic": "pydantic",
    "pymysql": "pymysql.connections",
    "redis-py": "redis",
    "requests": "requests",
    "ssl": "ssl",
    "stripe": "stripe",
}

# Runs in a separate process with the path of a Lambda environment, without `site` and the .pth files of site-packages.
# An import of a module that Lambda lacks fails: Stripe's library imports any HTTP library that it finds.
_LOAD = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(json.loads(sys.argv[4])))
before = set(sys.modules)
function = __import__(sys.argv[2])
if sys.argv[3] and hasattr(function, "provider"):
    __import__("microshop.payments.providers.stripe")
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@dataclass(frozen=True)
class Loaded:
    """The modules that a function loads beyond those of a bare interpreter."""

    function: str
    modules: frozenset[str]

    @property
    def packages(self) -> set[str]:
        """The notable packages among them."""
        return {name for name, module in _NOTABLE.items() if module in self.modules}


def loaded_by(name: str, *, asking: bool = True) -> Loaded:
    """Returns the modules of a function such as `users/register`. `asking` includes the payment provider's client."""
    folder, _, module = name.rpartition("/")
    path = [str(FOLDER / folder), str(ROOT / "layers" / "shared"), sysconfig.get_path("purelib")]
    arguments = [json.dumps(path), module, "asking" if asking else "", json.dumps(missing_in_lambda())]
    command = [sys.executable, "-I", "-S", "-c", _LOAD, *arguments]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return Loaded(name, frozenset(json.loads(found.stdout)))


def loaded_by_all() -> list[Loaded]:
    """Returns the modules of each function."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(loaded_by, NAMES))
