"""Mails to customers: language, greeting, and sending each only once."""
# ruff: noqa: RUF001 - names of other scripts

import html
from itertools import product

import pytest

from microshop.messaging.event import Claim, ReceivedEvent
from microshop.messaging.once import ClaimedElsewhere
from microshop.notifications.mailing import TEMPLATES, send_customer_mail
from microshop.users.user import Language, User
from tests.support.builders import AN_EVENT_ID, a_user, an_event
from tests.support.fakes import FakeInbox, FakePostbox
from tests.support.table_rows import wrong_answers


def _send(
    postbox: FakePostbox,
    *,
    inbox: FakeInbox | None = None,
    event: ReceivedEvent | None = None,
    user: User | None = None,
) -> str:
    known = user or a_user(user_id=17)
    return send_customer_mail(
        event or an_event(),
        claim_seconds=30,
        shop_name="Teahouse",
        inbox=inbox or FakeInbox(),
        find_user={known.id: known}.get,
        send=postbox.send,
    )


def test_new_customer_is_welcomed_in_their_language() -> None:
    postbox = FakePostbox()

    outcome = _send(postbox, user=a_user(user_id=17, email="wang@example.com", username="小王", language="zh"))

    [(recipient, mail)] = postbox.sent
    assert (outcome, recipient) == ("sent", "wang@example.com")
    assert mail.subject == "欢迎来到 Teahouse"
    assert mail.text.startswith("小王,您好:")


def test_mail_leaves_out_a_name_that_could_be_a_message() -> None:
    names = [
        "Win 500 http://evil.example",
        "evil.example",
        "evil\u3002example",  # full stops of other scripts, which mail programs take for dots
        "evil\uff0eexample",
        "evil\u2024example",
        "www evil\u2044com",
        "mail me@evil",
        "call 0900 123456",
        "call \u0660\u0669",
        "tel:",
        "Ada 💰",
        "<b>Ada",
        "Ada\u202egnp",
        "a" * 31,
    ]
    greetings: list[tuple[Language, str]] = [("en", "Hello,"), ("zh", "您好:")]

    wrong = []
    for username, (language, greeting) in product(names, greetings):
        postbox = FakePostbox()
        _send(postbox, user=a_user(user_id=17, username=username, language=language))
        [(_, mail)] = postbox.sent
        is_neutral = mail.text.startswith(f"{greeting}\n") and f"<p>{greeting}</p>" in mail.html
        if not is_neutral or username in mail.subject + mail.text + html.unescape(mail.html):
            wrong.append((username, language, mail.text.partition("\n")[0]))

    assert wrong == []


def test_mail_greets_by_an_ordinary_name() -> None:
    names = [
        "Ada",
        "Ada Lovelace",
        "O'Brien",
        "O\u2019Brien",
        "Jean-Luc",
        "王小明",
        "阿达·洛芙莱斯",
        "می\u200cخواهم",
        "नमस्ते",
        "Ærøskøbing",
    ]

    def greetings(username: str) -> tuple[str, bool]:
        postbox = FakePostbox()
        _send(postbox, user=a_user(user_id=17, username=username))
        [(_, mail)] = postbox.sent
        return mail.text.partition("\n")[0], f"<p>Hello {html.escape(username)},</p>" in mail.html

    assert wrong_answers(greetings, [(name, (f"Hello {name},", True)) for name in names]) == []


def test_second_delivery_sends_no_second_mail() -> None:
    postbox, inbox = FakePostbox(), FakeInbox()

    outcomes = [_send(postbox, inbox=inbox), _send(postbox, inbox=inbox)]

    assert outcomes == ["sent", "duplicate"]
    assert len(postbox.sent) == 1


def test_event_is_retried_while_another_execution_handles_it() -> None:
    postbox, inbox = FakePostbox(), FakeInbox()
    inbox.claim(AN_EVENT_ID, 30)

    with pytest.raises(ClaimedElsewhere):
        _send(postbox, inbox=inbox)

    assert postbox.sent == []


def test_event_is_taken_over_after_the_deadline_of_a_dead_claimant() -> None:
    postbox, inbox = FakePostbox(), FakeInbox()
    inbox.claim(AN_EVENT_ID, 30)
    inbox.now += 31

    assert _send(postbox, inbox=inbox) == "sent"


def test_failed_mail_may_be_retried_at_once() -> None:
    postbox, inbox = FakePostbox(refuse=RuntimeError("throttled")), FakeInbox()

    with pytest.raises(RuntimeError, match="throttled"):
        _send(postbox, inbox=inbox)

    postbox.refuse = None
    assert _send(postbox, inbox=inbox) == "sent"


def test_event_is_done_without_a_mail_when_the_customer_is_gone() -> None:
    postbox, inbox = FakePostbox(), FakeInbox()

    assert _send(postbox, inbox=inbox, user=a_user(user_id=18)) == "no such customer"

    assert postbox.sent == []
    assert inbox.claim(AN_EVENT_ID, 30) is Claim.DONE


@pytest.mark.parametrize("data", [{"language": "en"}, {"user_id": "x"}, {"user_id": None}])
def test_event_without_a_customer_fails_and_may_be_retried(data: dict[str, object]) -> None:
    inbox = FakeInbox()

    with pytest.raises((KeyError, ValueError, TypeError)):
        _send(FakePostbox(), inbox=inbox, event=an_event(data=data))

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_every_event_has_its_own_mail() -> None:
    assert len(set(TEMPLATES.values())) == len(TEMPLATES)
