"""Mails to the operator: which event sends which mail, and only once."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from microshop.messaging.event import Claim, ReceivedEvent
from microshop.notifications.alerting import alert_operator
from microshop.notifications.mail import Mail
from tests.support.builders import AN_EVENT_ID
from tests.support.event_types import received
from tests.support.fakes import FakeInbox


def _alert(
    sent: list[Mail],
    *,
    event: ReceivedEvent | None = None,
    inbox: FakeInbox | None = None,
    zone: tzinfo = UTC,
    report: Callable[[], None] = lambda: None,
    send: Callable[[Mail], None] | None = None,
) -> str:
    return alert_operator(
        event or received("StockLow"),
        claim_seconds=30,
        shop_name="Teahouse",
        stage="prod",
        zone=zone,
        inbox=inbox or FakeInbox(),
        report=report,
        send=send or sent.append,
    )


def test_operator_learns_which_product_runs_low() -> None:
    sent: list[Mail] = []

    assert _alert(sent) == "sent"

    [mail] = sent
    assert mail.subject == "[prod] Low stock at Teahouse: Kettle (SKU-5)"
    for expected in ("SKU-5", "On hand: 9", "Threshold: 10", "Id: 5"):
        assert expected in mail.text
    for expected in ("Kettle", "SKU-5", "<td>9</td>", "<td>10</td>"):
        assert expected in mail.html


@pytest.mark.parametrize(
    ("event_type", "subject", "expected"),
    [
        (
            "OrderDisputed",
            "[prod] Payment of MS-7F3K-9QXD at Teahouse is disputed: 44.88 USD",
            ("fraudulent", "dp_1", "2026-01-20 23:59 (UTC)"),
        ),
        ("OrderDisputeClosed", "[prod] Dispute of MS-7F3K-9QXD at Teahouse: lost", ("44.88 USD", "dp_1", "lost")),
    ],
)
def test_operator_learns_of_a_dispute_and_of_its_end(event_type: str, subject: str, expected: tuple[str, ...]) -> None:
    sent: list[Mail] = []

    assert _alert(sent, event=received(event_type)) == "sent"

    [mail] = sent
    assert mail.subject == subject
    for words in expected:
        assert words in mail.text
        assert words in mail.html


def test_deadline_of_a_dispute_is_in_the_shops_time_zone() -> None:
    sent: list[Mail] = []

    _alert(sent, event=received("OrderDisputed"), zone=ZoneInfo("Europe/Berlin"))

    for text in (sent[0].text, sent[0].html):
        assert "2026-01-21 00:59 (Europe/Berlin)" in text
        assert "+00:00" not in text


def test_second_delivery_sends_no_second_mail_and_reports_nothing() -> None:
    sent, reports, inbox = list[Mail](), list[str](), FakeInbox()

    outcomes = [_alert(sent, inbox=inbox, report=lambda: reports.append("level")) for _ in range(2)]

    assert outcomes == ["sent", "duplicate"]
    assert (len(sent), reports) == (1, ["level"])


def test_stock_level_is_reported_when_its_mail_cannot_be_sent() -> None:
    reports, inbox = list[str](), FakeInbox()

    def refuse(_mail: Mail) -> None:
        raise RuntimeError("not verified")

    with pytest.raises(RuntimeError, match="not verified"):
        _alert([], inbox=inbox, report=lambda: reports.append("level"), send=refuse)

    assert reports == ["level"]
    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


@pytest.mark.parametrize("name", ["A\nBcc: all@example.com", "A\r\nB", "A\u2028B", "A\x00\x1bB", "A\x85B"])
def test_subject_is_one_line_when_the_products_name_has_breaks(name: str) -> None:
    sent: list[Mail] = []

    _alert(sent, event=received("StockLow", name=name))

    assert sent[0].subject.isprintable()
    assert sent[0].subject.startswith("[prod] Low stock at Teahouse: A B")


def test_products_name_is_escaped_in_html() -> None:
    sent: list[Mail] = []

    _alert(sent, event=received("StockLow", name="<b>Kettle</b> & cup"))

    assert "&lt;b&gt;Kettle&lt;/b&gt; &amp; cup" in sent[0].html
    assert "<b>" in sent[0].text
