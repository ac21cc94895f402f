"""Reads what a function printed: one JSON object a line, log lines and metrics (embedded metric format)."""

import json
import sys
from typing import Any

import pytest

from microshop.platform import observability


class Output:
    """What was printed since the last time it was asked for."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        """All of it, as printed."""
        self._text += self._capsys.readouterr().out
        return self._text

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [line for line in self._lines() if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics, as CloudWatch receives them."""
        return [line for line in self._lines() if "_aws" in line]

    def metric(self, name: str) -> list[dict[str, Any]]:
        """The lines that carry metric `name`."""
        return [line for line in self.metrics if name in line]

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def dimensions_of(metrics: dict[str, Any]) -> dict[str, str]:
    """The dimensions under which CloudWatch files a line of metrics."""
    names = metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]
    return {name: metrics[name] for name in names}


def send_logs_to_captured_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log's handler keeps the stream it was made with, which pytest replaces for every phase of every test."""
    observability.log.cache_clear()
    logger: Any = observability.log()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", _WhateverStdoutIs())


class _WhateverStdoutIs:
    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()
