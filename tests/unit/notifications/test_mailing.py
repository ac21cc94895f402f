"""Mails to customers: language, greeting, and sending each only once."""
# ruff: noqa: RUF001 - names of other scripts

import html
import re
from collections.abc import Sequence
from itertools import product

import pytest

from microshop.messaging.event import Claim, ReceivedEvent
from microshop.messaging.once import ClaimedElsewhere
from microshop.notifications.mail import Part
from microshop.notifications.mailing import TEMPLATES, send_customer_mail
from microshop.staff_invitations.invitation import Invitation
from microshop.users.user import Language, User
from tests.support.builders import AN_EVENT_ID, a_user, an_event
from tests.support.fakes import FakeInbox, FakeMailRecipients, FakePostbox, FakeUsers
from tests.support.table_rows import wrong_answers


def _send(
    postbox: FakePostbox,
    *,
    inbox: FakeInbox | None = None,
    event: ReceivedEvent | None = None,
    user: User | None = None,
    recipients: FakeMailRecipients | None = None,
    invitations: Sequence[Invitation] = (),
) -> str:
    return send_customer_mail(
        event or an_event(),
        claim_seconds=30,
        shop_name="Teahouse",
        inbox=inbox or FakeInbox(),
        users=FakeUsers(user or a_user(user_id=17)),
        recipients=recipients or FakeMailRecipients(),
        find_invitation={each.id: each for each in invitations}.get,
        issue_link=lambda purpose, subject_id, email: Part("code", [{"code": f"{purpose} {subject_id} {email}"}]),
        link_to=lambda page: Part("link", [{"url": f"https://shop.example/{page}"}]),
        send=postbox.send,
    )


def test_new_customer_is_welcomed_in_their_language() -> None:
    postbox = FakePostbox()

    outcome = _send(postbox, user=a_user(user_id=17, email="wang@example.com", username="小王", language="zh"))

    [(recipient, mail)] = postbox.sent
    assert (outcome, recipient) == ("sent", "wang@example.com")
    assert mail.subject == "欢迎来到 Teahouse"
    assert mail.text.startswith("小王,您好:")


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Invitation to the staff of Teahouse"), ("zh", "Teahouse 邀请您加入团队")]
)
def test_invited_person_gets_a_link_in_the_language_of_the_invitation(language: Language, subject: str) -> None:
    postbox, invitation = FakePostbox(), Invitation(8, "pat@example.com", 1, language, frozenset({3}))

    outcome = _send(postbox, event=_invited(8), invitations=[invitation])

    [(recipient, mail)] = postbox.sent
    assert (outcome, recipient, mail.subject) == ("sent", "pat@example.com", subject)
    assert "staff_invitation 8 pat@example.com" in mail.text
    assert "staff_invitation 8 pat@example.com" in mail.html


def test_ended_invitation_gets_no_mail() -> None:
    postbox = FakePostbox()

    outcome = _send(postbox, event=_invited(9))

    assert (outcome, postbox.sent) == ("no open invitation", [])


@pytest.mark.parametrize(("language", "subject"), [("en", "Your data from Teahouse is ready"), ("zh", "数据已准备好")])
def test_owner_of_a_ready_export_gets_a_link_to_the_page_of_their_exports(language: Language, subject: str) -> None:
    postbox = FakePostbox()

    _send(
        postbox,
        event=an_event(event_type="DataExportReady", data={"user_id": 17, "export_id": 3}),
        user=a_user(user_id=17, email="ada@example.com", language=language),
    )

    [(recipient, mail)] = postbox.sent
    assert (recipient, subject in mail.subject) == ("ada@example.com", True)
    for text in (mail.text, mail.html):
        assert re.findall(r"https?://[^\s\"<]+", text)[0] == "https://shop.example/account/data-exports"
        assert "token" not in text


def _invited(invitation_id: int) -> ReceivedEvent:
    return an_event(event_type="StaffInvited", data={"invitation_id": invitation_id, "language": "en"})


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


def test_mail_of_an_account_has_the_link_of_its_purpose() -> None:
    def link_of(event_type: str) -> str | None:
        postbox, recipients = FakePostbox(), FakeMailRecipients()
        data = {"user_id": 17, "language": "en"} if event_type == "UserRegistered" else {"user_id": 17}
        if event_type.startswith("EmailChange"):
            data |= {"recipient_id": recipients.add("new@example.com")}
        if event_type == "PasswordResetRequested":
            data = {"recipient_id": recipients.add("ada@example.com")}
        _send(postbox, event=an_event(event_type=event_type, data=data), recipients=recipients)
        [(_, mail)] = postbox.sent
        link = re.search(r"code: (.*)", mail.text)
        return link[1] if link else None

    rows = [
        ("UserRegistered", "verify_email 17 ada@example.com"),
        ("EmailVerificationRequested", "verify_email 17 ada@example.com"),
        ("PasswordResetRequested", "reset_password 17 ada@example.com"),
        ("EmailChangeRequested", "change_email 17 new@example.com"),
        ("EmailChanged", None),
        ("PasswordChanged", None),
    ]
    assert wrong_answers(link_of, rows) == []


def test_mail_about_an_erasure_says_its_day() -> None:
    postbox = FakePostbox()
    data = {"user_id": 17, "due_at": "2026-12-14T23:59:00.123456+00:00"}

    _send(postbox, event=an_event(event_type="ErasureRequested", data=data))

    [(_, mail)] = postbox.sent
    assert "on 2026-12-14 (UTC)" in mail.text


def test_erased_account_gets_one_last_mail_at_its_former_address() -> None:
    postbox, recipients = FakePostbox(), FakeMailRecipients()
    data = {"user_id": 17, "recipient_id": recipients.add("former@example.com"), "language": "zh"}
    event = an_event(event_type="AccountErased", data=data)

    outcomes = [_send(postbox, event=event, recipients=recipients) for _ in range(2)]

    assert outcomes == ["sent", "no such customer"]
    [(recipient, mail)] = postbox.sent
    assert (recipient, "已删除" in mail.subject) == ("former@example.com", True)
    assert recipients.emails == {}


def test_replayed_erasure_sends_no_mail() -> None:
    postbox = FakePostbox()
    event = an_event(event_type="AccountErased", data={"user_id": 17, "recipient_id": None, "language": "en"})

    assert _send(postbox, event=event) == "no such customer"
    assert postbox.sent == []


def test_late_event_of_an_erased_account_sends_no_mail() -> None:
    postbox = FakePostbox()
    event = an_event(event_type="PasswordChanged", data={"user_id": 17})

    assert _send(postbox, event=event, user=a_user(user_id=17, email="erased:17")) == "no such customer"
    assert postbox.sent == []


def test_mail_to_another_address_than_the_accounts_is_sent_there_once() -> None:
    postbox, recipients = FakePostbox(), FakeMailRecipients()
    event = an_event(
        event_type="EmailChanged", data={"user_id": 17, "recipient_id": recipients.add("former@example.com")}
    )

    outcomes = [_send(postbox, event=event, recipients=recipients) for _ in range(2)]

    assert outcomes == ["sent", "no such customer"]
    assert [recipient for recipient, _ in postbox.sent] == ["former@example.com"]
    assert recipients.emails == {}


def test_address_is_kept_for_the_retry_of_a_failed_mail() -> None:
    postbox, recipients = FakePostbox(refuse=RuntimeError("throttled")), FakeMailRecipients()
    event = an_event(event_type="PasswordResetRequested", data={"recipient_id": recipients.add("ada@example.com")})

    with pytest.raises(RuntimeError, match="throttled"):
        _send(postbox, event=event, recipients=recipients)

    postbox.refuse = None
    assert _send(postbox, event=event, recipients=recipients) == "sent"


def test_forgotten_password_of_nobody_sends_no_mail_and_forgets_the_address() -> None:
    postbox, recipients = FakePostbox(), FakeMailRecipients()
    event = an_event(event_type="PasswordResetRequested", data={"recipient_id": recipients.add("bea@example.com")})

    assert _send(postbox, event=event, recipients=recipients) == "no such customer"

    assert (postbox.sent, recipients.emails) == ([], {})


def test_link_to_another_address_is_not_sent_after_a_change_of_the_password() -> None:
    postbox, recipients = FakePostbox(), FakeMailRecipients()
    data = {"user_id": 17, "recipient_id": recipients.add("new@example.com"), "credentials_version": 1}
    event = an_event(event_type="EmailChangeRequested", data=data)

    outcome = _send(postbox, event=event, recipients=recipients, user=a_user(user_id=17, credentials_version=2))

    assert (outcome, postbox.sent) == ("outdated", [])
