"""Names of devices from User-Agent headers."""

from microshop.users.device import device_of
from tests.support.table_rows import wrong_answers

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


def test_device_is_named_after_its_browser_and_system() -> None:
    rows = [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/137.0 Safari/537.36", "Chrome on Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/137.0 Safari/537.36 Edg/137.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/137.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/137.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("", "unknown device"),
        ("<b>你好</b>", "unknown device"),
        ("x" * 10_000, "x" * 40),
    ]

    assert wrong_answers(device_of, rows) == []
