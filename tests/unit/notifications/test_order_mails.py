"""The contents of mails about orders."""
# ruff: noqa: RUF001 - the sign of multiplication looks like a letter

import html
import re
from copy import replace
from itertools import product
from typing import Any, get_args

import pytest

from microshop.messaging.event import ReceivedEvent
from microshop.notifications.mail import Mail, Part
from microshop.notifications.mailing import send_customer_mail
from microshop.notifications.order_mails import TEMPLATES
from microshop.orders.states import PAYMENT_STATUSES_OF
from microshop.users.user import Language
from tests.support.builders import a_user
from tests.support.event_types import received
from tests.support.fakes import FakeInbox, FakeMailRecipients, FakePostbox, FakeUsers
from tests.support.table_rows import wrong_answers

_CART = [
    {"product_id": 5, "name": "Kettle", "unit_price_minor": 1999, "quantity": 2},
    {"product_id": 6, "name": "水杯", "unit_price_minor": 500, "quantity": 1},
]
_LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)


def _mail(event_type: str, *, language: Language = "en", username: str = "Ada", **changed: Any) -> Mail:
    return _mail_of(received(event_type, **changed), language=language, username=username)


def _mail_of(event: ReceivedEvent, *, language: Language = "en", username: str = "Ada") -> Mail:
    postbox, user = FakePostbox(), a_user(user_id=17, username=username, language=language)
    send_customer_mail(
        event,
        claim_seconds=30,
        shop_name="Teahouse",
        inbox=FakeInbox(),
        users=FakeUsers(user),
        recipients=FakeMailRecipients(),
        find_invitation=lambda _: None,
        issue_link=lambda *_: Part("code"),
        link_to=lambda page: Part("link", [{"url": f"https://shop.example/{page}"}]),
        send=postbox.send,
    )
    [(_, mail)] = postbox.sent
    return mail


def _words(mail: Mail) -> str:
    """The text that the HTML form shows."""
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", mail.html)))


def _says(mail: Mail, words: str) -> bool:
    """Whether both forms of the mail have these words."""
    return words in mail.text and words in _words(mail)


def test_order_mail_shows_number_lines_and_total() -> None:
    expected = ("Ada", "MS-7F3K-9QXD", "2 ×", "Kettle", "39.98 USD", "1 ×", "水杯", "5.00 USD", "49.88 USD")

    missing = []
    for event_type, language in product(TEMPLATES, _LANGUAGES):
        mail = _mail(event_type, language=language, lines=_CART, total_minor=4988)
        missing += [(event_type, language, "subject")] if "MS-7F3K-9QXD" not in mail.subject else []
        missing += [(event_type, language, words) for words in expected if not _says(mail, words)]

    assert missing == []


def test_order_mail_is_in_the_customers_language() -> None:
    def is_chinese(event_type: str, language: Language) -> list[bool]:
        mail = _mail(event_type, language=language)
        return [bool(re.search("[\u4e00-\u9fff]", form)) for form in (mail.subject, mail.text, mail.html)]

    rows = [(event_type, language, [language == "zh"] * 3) for event_type in TEMPLATES for language in _LANGUAGES]
    assert wrong_answers(is_chinese, rows) == []


def test_customer_learns_what_happens_to_the_money() -> None:
    rows: list[tuple[str, dict[str, Any], str, str]] = [
        ("OrderCreated", {"status": "pending", "payment_status": "unpaid"}, "for a while", "保留一段时间"),
        (
            "OrderCreated",
            {"status": "confirmed", "payment_status": "unpaid"},
            "You pay 44.88 USD on delivery",
            "收货时支付",
        ),
        ("OrderConfirmed", {}, "We have received your payment", "已收到您的付款"),
        ("OrderPaid", {}, "We have received your payment", "已收到您的付款"),
        ("OrderPaymentFailed", {}, "nothing was charged", "没有扣款"),
        ("OrderPaymentFailed", {}, "try again with another card", "换一张卡重新付款"),
        ("OrderPaymentFailed", {}, "We reserve the products", "为您保留"),
        ("OrderShipped", {"payment_status": "paid"}, "nothing left to pay", "无需再支付"),
        ("OrderShipped", {"payment_status": "partially_refunded"}, "nothing left to pay", "无需再支付"),
        ("OrderShipped", {"payment_status": "unpaid"}, "You pay 44.88 USD on delivery", "收货时支付 44.88 USD"),
        ("OrderDelivered", {}, "has been delivered", "已送达"),
        ("OrderCancelled", {"payment_status": "paid"}, "will refund what you have paid", "将退还给您"),
        ("OrderCancelled", {"payment_status": "unpaid"}, "There is nothing to pay", "无需支付任何费用"),
        ("OrderCancelled", {"payment_status": "review"}, "do not know yet", "尚不确定"),
        ("OrderCancelled", {"payment_status": "review"}, "will refund it in full", "将全额退还给您"),
        ("OrderCancelled", {"payment_status": "partially_refunded"}, "will refund the rest", "其余部分将退还给您"),
        ("OrderCancelled", {"payment_status": "refunded"}, "have already refunded what you had paid", "已经退还给您"),
        ("OrderReturned", {"payment_status": "unpaid"}, "There is nothing to pay", "无需支付任何费用"),
        # An admin decides the amount of the refund.
        ("OrderReturned", {"payment_status": "paid"}, "We will write to you", "另行通知您"),
        ("OrderReturned", {"payment_status": "partially_refunded"}, "We will write to you", "另行通知您"),
        (
            "OrderReturnSettled",
            {"return_refund_minor": 0},
            "We refund 0.00 USD of that",
            "退还给您 0.00 USD",
        ),
        ("OrderReturnSettled", {"paid_minor": 4488}, "You have paid 44.88 USD", "支付 44.88 USD"),
        ("OrderReturnSettled", {"reason": "it was worn"}, "it was worn", "it was worn"),
        ("OrderReturned", {"payment_status": "refunded"}, "have already refunded what you had paid", "已经退还给您"),
        ("OrderReturned", {}, "could not be delivered", "未能送达"),
        ("OrderShipmentCorrected", {"tracking_number": "1Z-9"}, "1Z-9", "1Z-9"),
        (
            "OrderShipmentCorrected",
            {"payment_status": "unpaid"},
            "You pay 44.88 USD on delivery",
            "收货时支付 44.88 USD",
        ),
        ("OrderCancelled", {"dispute_status": "open"}, "your bank decides", "由您的银行决定"),
        ("OrderReturned", {"dispute_status": "lost"}, "your bank decides", "由您的银行决定"),
        ("OrderExpired", {}, "Nothing was charged", "没有扣款"),
        ("OrderExpired", {}, "will refund it in full", "将全额退还给您"),
        ("OrderRefunded", {"payment_status": "partially_refunded"}, "a part of what you have paid", "所付款项的一部分"),
        # a full refund, of an order in review or at its end
        ("OrderRefunded", {"left_minor": 0}, "refunded everything that you had paid", "已全部退还"),
        ("OrderRefunded", {}, "a few days", "几天"),
    ]

    missing = [
        (event_type, changed, words)
        for event_type, changed, *sentences in rows
        for language, words in zip(_LANGUAGES, sentences, strict=True)
        if not _says(_mail(event_type, language=language, **changed), words)
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("payment_status", "said"),
    [
        ("refunded", "everything that you had paid"),
        ("unpaid", "everything that you had paid"),
        ("partially_refunded", "a part of what you have paid"),
    ],
)
def test_refund_mail_of_an_older_event_follows_the_payment_status(payment_status: str, said: str) -> None:
    event = received("OrderRefunded", payment_status=payment_status)
    data = {name: value for name, value in event.data.items() if name != "left_minor"}

    assert said in _mail_of(replace(event, data=data)).text


def test_refund_mail_has_the_amount_of_the_refund_and_of_all_refunds() -> None:
    statuses = [status for status, beside in PAYMENT_STATUSES_OF.items() if "refunded" in beside]

    missing = []
    for status, payment_status, language in product(statuses, ["partially_refunded", "refunded"], _LANGUAGES):
        state = {"status": status, "payment_status": payment_status}
        mail = _mail("OrderRefunded", language=language, amount_minor=1500, refunded_minor=2750, **state)
        shown = "15.00 USD" in mail.subject and _says(mail, "15.00 USD") and _says(mail, "27.50 USD")
        missing += [] if shown else [(status, payment_status, language)]

    assert missing == []


@pytest.mark.parametrize("language", _LANGUAGES)
def test_cancellation_mail_has_its_own_words_for_each_payment_status(language: Language) -> None:
    beside = PAYMENT_STATUSES_OF["cancelled"]

    said = {_mail("OrderCancelled", language=language, payment_status=status).text for status in beside}

    assert len(said) == len(beside)


@pytest.mark.parametrize(
    ("event_type", "payment_status", "promised"),
    [("OrderCancelled", "paid", True), ("OrderCancelled", "review", True), ("OrderReturned", "paid", False)],
)
def test_mail_about_disputed_money_promises_only_the_rest(
    event_type: str, payment_status: str, *, promised: bool
) -> None:
    mail = _mail(event_type, payment_status=payment_status, dispute_status="open")

    assert "your bank decides" in mail.text
    assert ("We will refund the rest" in mail.text) is promised
    assert "in full" not in mail.text


@pytest.mark.parametrize("language", _LANGUAGES)
def test_customer_never_reads_a_providers_code(language: Language) -> None:
    mail = _mail("OrderPaymentFailed", language=language, reason="fraudulent_card")

    assert "fraudulent" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize("language", _LANGUAGES)
def test_shipment_mail_has_carrier_and_tracking_number(language: Language) -> None:
    mail = _mail("OrderShipped", language=language, carrier="Kuehne & Sons", tracking_number="JD 0146")

    for expected in ("Kuehne & Sons", "JD 0146"):
        assert expected in mail.text
        assert expected in _words(mail)


def test_amounts_have_the_digits_of_their_currency() -> None:
    mail = _mail("OrderCreated", lines=_CART, total_minor=4988, currency="JPY")

    for amount in ("3998 JPY", "500 JPY", "4988 JPY"):
        assert amount in mail.text


def test_refunds_have_the_digits_of_their_currency() -> None:
    mail = _mail("OrderRefunded", amount_minor=1500, refunded_minor=2750, refund_currency="JPY")

    for amount in ("1500 JPY", "2750 JPY"):
        assert amount in mail.text


@pytest.mark.parametrize("language", _LANGUAGES)
def test_mail_about_returned_units_of_a_free_order_names_no_refund(language: Language) -> None:
    mail = _mail("OrderRefunded", language=language, amount_minor=0, refunded_minor=0, total_minor=0, lines=_CART)

    assert "MS-7F3K-9QXD" in mail.subject
    assert not re.search("refund|bank|退款|银行", mail.subject + mail.text + mail.html)
    assert "Kettle" in mail.text


@pytest.mark.parametrize(
    ("event_type", "status", "payment_status"),
    [
        ("OrderCreated", "confirmed", "paid"),
        ("OrderCancelled", "cancelled", "unpaid"),
        ("OrderCancelled", "cancelled", "paid"),
    ],
)
def test_order_mail_says_when_there_is_nothing_to_pay(event_type: str, status: str, payment_status: str) -> None:
    mail = _mail(event_type, status=status, payment_status=payment_status, total_minor=0)

    assert "There is nothing to pay." in mail.text


def test_names_of_customers_products_and_carriers_are_escaped_in_html() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&"

    wrong = []
    for event_type, language in product(TEMPLATES, _LANGUAGES):
        changed: dict[str, Any] = {"lines": [{**_CART[0], "name": hostile}]}
        if event_type == "OrderShipped":
            changed |= {"carrier": hostile, "tracking_number": hostile}
        mail = _mail(event_type, language=language, username=hostile, **changed)
        if "<img" in mail.html or html.escape(hostile) not in mail.html or hostile not in mail.text:
            wrong.append((event_type, language))

    assert wrong == []


def test_subject_is_one_line_when_names_have_line_breaks() -> None:
    names = ["A\nBcc: all@example.com", "A\r\n\r\nB", "A\u2028B"]

    subjects = {
        (event_type, name): _mail(event_type, username=name, lines=[{**_CART[0], "name": name}]).subject
        for event_type, name in product(TEMPLATES, names)
    }

    assert {row: subject for row, subject in subjects.items() if not subject.isprintable()} == {}
