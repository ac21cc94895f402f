"""Downloads the files of exports."""

import csv
import io
from collections.abc import Callable
from typing import Any

import requests

type RequestExport = Callable[..., dict[str, Any]]

ONE_DAY = {"from": "2026-01-02", "to": "2026-01-02"}


def download_rows(url: str) -> list[dict[str, str]]:
    """Returns the rows of the CSV file behind a link."""
    text = requests.get(url, timeout=10).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def download_all_rows(request_export: RequestExport, **body: str) -> tuple[list[int], list[dict[str, str]]]:
    """Returns the number of rows of each file of an export, and the rows of all files."""
    answers = [request_export(**body)]
    while answers[-1]["next_cursor"]:
        answers.append(request_export(**body, cursor=answers[-1]["next_cursor"]))
    return [answer["rows"] for answer in answers], [row for answer in answers for row in download_rows(answer["url"])]
