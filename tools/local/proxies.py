"""Excludes this machine from the HTTP proxy of the environment, which cannot reach the shop."""

from collections.abc import MutableMapping

from tools.local.servers.ports_and_passwords import LOOPBACK

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_NAMES = ("no_proxy", "NO_PROXY")  # clients prefer the first one, and some programs read only one of them


def bypass_proxy_for_localhost(environment: MutableMapping[str, str]) -> None:
    """Add this machine to NO_PROXY if a proxy is set.

    If no proxy is set, NO_PROXY alone would make Python ignore the proxy of macOS's settings.
    """
    given = next((environment[name] for name in _NAMES if environment.get(name)), "")
    has_proxy = any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES)
    if has_proxy and given != "*":
        environment.update(dict.fromkeys(_NAMES, ",".join([*filter(None, [given]), LOOPBACK, "localhost"])))
