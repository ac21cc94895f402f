"""HEAD requests and compressed answers, for proxies, monitors and browsers."""

import zlib
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit

import pytest

from tests.support.api_description import operations
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_PUBLIC_READS = [
    "/products", "/products/1", "/products/categories", "/listings", "/listings/1", "/facets",
    "/categories", "/categories/1", "/suggestions", "/health",
]  # fmt: skip
_REFUSED_READS = ["/products?limit=x", "/products/4611686018427387904", "/products/x"]
_OTHER_PATHS = sorted({found.sample_path for found in operations()} - set(_PUBLIC_READS))
# Headers of API Gateway that differ from answer to answer.
_OF_THE_REQUEST = {"x-request-id", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "date"}


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_head_answers_status_and_headers_of_get_without_the_body(shop: Shop, coding: str) -> None:
    def differences(path: str) -> list[object]:
        got, head = (_exchange(shop, method, path, {"Accept-Encoding": coding}) for method in ("GET", "HEAD"))
        same = [
            (head[0], got[0]),
            (_lasting(head[1]), _lasting(got[1])),
            (int(head[1]["Content-Length"]), len(got[2])),
            (head[2], b""),
        ]
        return [(found, expected) for found, expected in same if found != expected]

    assert wrong_answers(differences, [(path, []) for path in _PUBLIC_READS + _REFUSED_READS]) == []


def test_head_answers_304_if_the_client_has_the_product(shop: Shop) -> None:
    _, headers, _ = _exchange(shop, "HEAD", "/products/1", {})

    assert _exchange(shop, "HEAD", "/products/1", {"If-None-Match": headers["ETag"]})[0] == 304


def test_head_answers_404_except_for_public_reads(shop: Shop, customer: Customer) -> None:
    def status(path: str) -> int:
        return _exchange(shop, "HEAD", path, customer.authorization)[0]

    assert wrong_answers(status, [(path, 404) for path in _OTHER_PATHS]) == []


@pytest.mark.parametrize(("coding", "bits"), [("gzip", 31), ("deflate", 15)])
def test_compression_shrinks_a_list_of_100_products_to_a_quarter(shop: Shop, coding: str, bits: int) -> None:
    _, plain_headers, plain = _exchange(shop, "GET", "/products?limit=100", {})
    _, headers, short = _exchange(shop, "GET", "/products?limit=100", {"Accept-Encoding": coding})

    assert (plain_headers["Content-Encoding"], headers["Content-Encoding"]) == (None, coding)
    assert "Accept-Encoding" in headers["Vary"]
    assert zlib.decompress(short, wbits=bits) == plain
    assert len(short) < len(plain) / 4


def test_compression_changes_neither_etag_nor_304(shop: Shop) -> None:
    tags = {
        _exchange(shop, "GET", "/products/1", {"Accept-Encoding": each})[1]["ETag"] for each in ("gzip", "identity")
    }

    [tag] = tags
    assert _exchange(shop, "GET", "/products/1", {"Accept-Encoding": "gzip", "If-None-Match": tag})[0] == 304


def test_answers_of_a_few_bytes_are_not_compressed(shop: Shop) -> None:
    _, headers, body = _exchange(shop, "GET", "/health", {"Accept-Encoding": "gzip"})

    assert headers["Content-Encoding"] is None
    assert int(headers["Content-Length"]) == len(body)


def _exchange(shop: Shop, method: str, path: str, headers: dict[str, str]) -> tuple[int, HTTPMessage, bytes]:
    connection = HTTPConnection(urlsplit(shop.url).netloc, timeout=60)
    try:
        connection.request(method, f"/api/v1{path}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def _lasting(headers: HTTPMessage) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _OF_THE_REQUEST}
