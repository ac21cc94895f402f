"""The mails of the running shop as text, for `make mails`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.local.runner_lock import require_running_stack
from tools.local.sent_mails import latest_mails, sent_mail
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mail_lines(data_folder: Path, number: str | None) -> Iterator[str]:
    """Yields the list of mails, newest first, or the mail with the number.

    Raises:
        LocalProblem: the shop is not running, or there is no such mail.
    """
    stack = require_running_stack(data_folder)
    if number is None:
        mails = latest_mails(stack["aws_endpoint_url"])
        yield from (f"{mail.number:4}  {mail.at}  {mail.to}  {mail.title}" for mail in mails)
        sent = mails[0].number if mails else 0
        shown = f", the latest {len(mails)} are listed" if sent > len(mails) else ""
        yield f"{sent} sent{shown}; `make mails ID=…` shows one. In a browser: {stack['url']}/_local/mails"
        return
    found = sent_mail(stack["aws_endpoint_url"], int(number)) if number.isdecimal() else None
    if found is None:
        raise LocalProblem(f"there is no mail ID={number}: `make mails` lists them")
    yield from (f"To:      {found.to}", f"Subject: {found.subject}", f"Sent:    {found.at}", "", found.text)
