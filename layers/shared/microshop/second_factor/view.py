"""Second factors as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Types only: `make documents` reads the classes below; no function instantiates them.
    from typing import Literal, TypedDict

    from microshop.second_factor.enrolling import Enrolled, Enrolment
    from microshop.users.sessions import NewSession

    class EnrolmentBegun(TypedDict):
        """The secret of an authenticator app, and the content of the QR code that the app scans."""

        secret: str
        otpauth_uri: str

    class ReplacedSession(TypedDict):
        """The token that replaces the one of the request."""

        token: str
        token_type: Literal["Bearer"]
        expires_in: int

    class EnrolmentConfirmed(ReplacedSession):
        """The recovery codes, which are shown once, and the token that replaces the one of the request."""

        recovery_codes: list[str]


def enrolment_begun_view(enrolment: Enrolment) -> EnrolmentBegun:
    """Returns the response to the begin of an enrolment."""
    return {"secret": enrolment.secret, "otpauth_uri": enrolment.uri}


def enrolment_confirmed_view(enrolled: Enrolled) -> EnrolmentConfirmed:
    """Returns the response to the confirmation of an enrolment."""
    return {**replaced_session_view(enrolled.session), "recovery_codes": list(enrolled.recovery_codes)}


def replaced_session_view(session: NewSession) -> ReplacedSession:
    """Returns the new token."""
    return {"token": session.token, "token_type": "Bearer", "expires_in": session.expires_in_seconds}
