"""A short name of the device and program that a request came from, such as `Firefox on Linux`."""

import re

UNKNOWN_DEVICE = "unknown device"
# The first that occurs decides: browsers also name those that they resemble.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome"}
_BROWSERS |= {"Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}
# The first product of RFC 9110, section 10.1.5, such as curl or python-requests, without its version.
_PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def device_of(user_agent: str) -> str:
    """Returns the name for a User-Agent header. It has no versions, so that an update makes no new device."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in user_agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), None)
    if browser is not None:
        return f"{browser} on {system}" if system else browser
    product = _PRODUCT.match(user_agent)
    return product[0] if product else UNKNOWN_DEVICE
