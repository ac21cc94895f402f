"""A real headless browser, controlled over the DevTools protocol."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
# --no-sandbox: root and many containers have no user namespaces for a sandbox.
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --window-size=1280,1600 "
    "--remote-debugging-port=0"
).split()
_PATIENCE_SECONDS = 60.0  # only ends a test that hangs


@contextlib.contextmanager
def opened_browser() -> Iterator[Page]:
    """Start a browser with a new profile. Yields an empty page."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    assert program, "No browser was found: install chromium (on Debian `apt-get install chromium`) and run this again."
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with _connected(_page_address(Path(profile))) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


class Page:
    """One page, with its requests, errors and dialogs, and the actions of a user."""

    def __init__(self, socket: ClientConnection) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.questions: list[str] = []  # of `confirm`; each is answered with OK
        self._socket = socket
        self._numbers = itertools.count(1)
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._command(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Load a URL."""
        self._command("Page.navigate", url=url)

    def click(self, selector: str, *, text: str = "") -> None:
        """Wait for the first element with this selector and text, and click it."""
        x, y = self._wait(f"{_FIND}; const found = find({json.dumps(selector)}, {json.dumps(text)}); {_MIDDLE}")
        for kind in ("mousePressed", "mouseReleased"):
            self._command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    @contextlib.contextmanager
    def new_tab(self, selector: str) -> Iterator[Page]:
        """The tab that a click on the element opens.

        The click is repeated until the tab is open, because a loaded frame may not accept input yet.
        """
        this = self._command("Target.getTargetInfo")["targetInfo"]["targetId"]
        host, port = self._socket.remote_address[:2]
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            self.click(selector)
            time.sleep(0.5)
            targets = self._command("Target.getTargets")["targetInfos"]
            if opened := [each["targetId"] for each in targets if each["type"] == "page" and each["targetId"] != this]:
                with _connected(f"ws://{host}:{port}/devtools/page/{opened[0]}") as socket:
                    yield Page(socket)
                return
        raise AssertionError("no tab was opened")

    def type(self, selector: str, text: str) -> None:
        """Click a field and type the text."""
        self.click(selector)
        self._command("Input.insertText", text=text)

    def fill(self, selector: str, text: str) -> None:
        """Replace the text of a field."""
        self.click(selector)
        self._wait(f"document.querySelector({json.dumps(selector)}).select(); return true")
        self._command("Input.insertText", text=text)

    def choose(self, selector: str, value: str) -> None:
        """Wait for a list and choose an option."""
        chosen = f"found.value = {json.dumps(value)}; found.dispatchEvent(new Event('change', {{bubbles: true}}))"
        self._wait(
            f"{_FIND}; const found = find({json.dumps(selector)}, ''); if (!found) return; {chosen}; return true"
        )

    def be_a_phone(self, width: int, height: int) -> None:
        """Emulate a phone with this size in CSS pixels."""
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True
        )

    def width(self) -> int:
        """The width of the content. If it exceeds the screen, a user must scroll sideways."""
        return int(self._wait("return document.documentElement.scrollWidth"))

    def count(self, selector: str) -> int:
        """The number of elements with this selector."""
        return int(self._wait(f"return [document.querySelectorAll({json.dumps(selector)}).length]")[0])

    def count_too_wide(self, selector: str) -> int:
        """The number of elements whose content is wider than they are."""
        wide = "filter(element => element.scrollWidth > element.clientWidth)"
        return int(self._wait(f"return [[...document.querySelectorAll({json.dumps(selector)})].{wide}.length]")[0])

    def text_of(self, selector: str, *, text: str = "") -> str:
        """Wait for the element with this text. Returns its text."""
        return str(self._wait(f"{_FIND}; return find({json.dumps(selector)}, {json.dumps(text)})?.innerText"))

    def save_screenshot(self, file: Path) -> None:
        """Save a picture of the page."""
        file.write_bytes(b64decode(self._command("Page.captureScreenshot")["data"]))

    def _wait(self, script: str) -> Any:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            answer = self._command("Runtime.evaluate", expression=f"(() => {{ {script} }})()", returnByValue=True)
            if found := answer["result"].get("value"):
                return found
            time.sleep(0.05)
        raise AssertionError(f"the page never met this: {script}\n{self.complaints}")

    def _send(self, method: str, **parameters: Any) -> int:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return number

    def _command(self, method: str, **parameters: Any) -> Any:
        number = self._send(method, **parameters)
        while True:
            message = json.loads(self._socket.recv(_PATIENCE_SECONDS))
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._note(message.get("method"), message.get("params", {}))

    def _note(self, method: str, event: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(event["request"]["url"])
            case "Page.javascriptDialogOpening":
                self.questions.append(event["message"])
                self._send("Page.handleJavaScriptDialog", accept=True)  # the page is blocked until then
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(event["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if event["type"] in ("error", "warning", "assert"):
                self.complaints.append(json.dumps(event["args"]))
            case "Log.entryAdded" if event["entry"]["level"] in ("error", "warning"):
                self.complaints.append(json.dumps(event["entry"]))
            case _:
                pass


_FIND = """
const find = (selector, text) =>
  [...document.querySelectorAll(selector)]
    .find(element => element.innerText.includes(text) && element.checkVisibility())
"""
# Before all styles are loaded, boxes still move. A link over two lines has one box per line.
_MIDDLE = """
if (!found || document.readyState !== "complete") return null;
found.scrollIntoView({block: "center", behavior: "instant"});
const [box] = found.getClientRects();
return [box.x + box.width / 2, box.y + box.height / 2];
"""


def _connected(address: str) -> ClientConnection:
    return connect(address, max_size=None, compression=None, proxy=None)


def _page_address(profile: Path) -> str:
    """The address of the browser's page. The browser writes its port into a file."""
    until, file = time.monotonic() + _PATIENCE_SECONDS, profile / "DevToolsActivePort"
    while time.monotonic() < until:
        with contextlib.suppress(OSError, IndexError, StopIteration):
            port = file.read_text().splitlines()[0]
            pages = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json()
            return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
        time.sleep(0.05)
    raise AssertionError("the browser does not start")
