"""Keeps the proxy of the environment away from requests to this machine, where it cannot reach the shop."""

from collections.abc import MutableMapping

from tools.local.servers.ports_and_passwords import LOOPBACK

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_NAMES = ("no_proxy", "NO_PROXY")  # clients prefer the first; some programs read only one


def reach_this_machine_directly(environment: MutableMapping[str, str]) -> None:
    """Add this machine to the variable NO_PROXY if there is a proxy.

    Without a proxy, the variable alone would make Python ignore the proxy of macOS's settings.
    """
    given = next((environment[name] for name in _NAMES if environment.get(name)), "")
    has_proxy = any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES)
    if has_proxy and given != "*":
        environment.update(dict.fromkeys(_NAMES, ",".join([*filter(None, [given]), LOOPBACK, "localhost"])))
