"""The client of a request: the network that it came from. It is personal data: never logged, and stored as a hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.platform import settings

if TYPE_CHECKING:
    from microshop.http.request import Request

# A network of IPv6 has at least 2^64 addresses, and a client may use all of them.
_PREFIX_LENGTH = 64


def client_of(request: Request) -> str:
    """Returns the client's IPv4 address, or the /64 of its IPv6 address; "" if it is not known.

    CLIENT_ADDRESS says who knows it: `direct` is API Gateway. With `edge`, requests may come through the distribution,
    which sends X-Client-Address; the firewall marks all requests, and overwrites marks that clients send. Without a
    mark, the address may be CloudFront's, so it is not known. `unknown` is a distribution without the firewall.
    """
    source = settings.text("CLIENT_ADDRESS", "direct")
    mark = request.header("x-amzn-waf-from-distribution") if source == "edge" else ""
    if mark == "yes":
        return _network_of(request.header("x-client-address"))
    return _network_of(request.source_address) if mark == "no" or source == "direct" else ""


def _network_of(address: str) -> str:
    if ":" not in address:
        return address
    from ipaddress import IPv6Address, ip_network  # noqa: PLC0415 - few clients of API Gateway have IPv6

    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, _PREFIX_LENGTH), strict=False))
