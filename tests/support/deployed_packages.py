"""The packages that functions find in Lambda: those of the layers and of Lambda's runtime."""

import functools
import re
from importlib.metadata import packages_distributions

from tools import ROOT

_LOCKS = ("layers/shared/requirements.txt", "layers/stripe/requirements.txt", "tools/sam_image/requirements.txt")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


@functools.cache
def missing_in_lambda() -> list[str]:
    """Returns the modules that are installed for development only, such as requests."""
    deployed = {_normal(name) for lock in _LOCKS for name in _PIN.findall((ROOT / lock).read_text(encoding="utf-8"))}
    installed = packages_distributions()
    return sorted(module for module, owners in installed.items() if deployed.isdisjoint(map(_normal, owners)))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
