"""Reads the output of a function: log lines and metrics (embedded metric format), one JSON object per line."""

import json
import sys
from typing import Any

import pytest

from microshop.platform import observability


class Output:
    """The output since this object was created."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        """The whole output."""
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
        """The lines with the metric `name`."""
        return [line for line in self.metrics if name in line]

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def dimensions_of(metrics: dict[str, Any]) -> dict[str, str]:
    """The dimensions of a line of metrics."""
    names = metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]
    return {name: metrics[name] for name in names}


def send_logs_to_captured_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send logs to the current stdout, because pytest replaces stdout for each phase of a test.

    The next metric reads the namespace and the service of the environment again.
    """
    observability.log.cache_clear()
    observability.metrics_destination.cache_clear()
    logger: Any = observability.log()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", _CurrentStdout())


class _CurrentStdout:
    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()
