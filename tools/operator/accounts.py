"""`make admin` and `make sessions`: makes a user an admin or a customer again, counts and ends sessions."""

import getpass
import os
from collections.abc import Callable, Iterator, Mapping

from tools.operator.api import Api, Refused
from tools.operator.read_only import until_remembered
from tools.operator.stacks import Stack
from tools.problems import LocalProblem

_PASSWORD = "MICROSHOP_ADMIN_PASSWORD"  # noqa: S105 - the variable's name
_MOST = 50  # characters of a username


def make_admin(stack: Stack, email: str, *, create: bool) -> Iterator[str]:
    """Grant it; with `create`, register the account first unless there is one."""
    if create:
        yield _register(Api(stack.api_url), email)
    stack.invoke("GrantAdminFunction", email=email)
    yield f"{email} is an admin of {stack.name} from the next login on."


def revoke_admin(stack: Stack, email: str) -> Iterator[str]:
    """Make an admin a customer again; their sessions end."""
    done = stack.invoke("GrantAdminFunction", email=email, revoke=True)
    yield f"{email} is no admin of {stack.name} any more."
    yield from _how_they_ended(done)


def show_sessions(stack: Stack, email: str, *, end: bool) -> Iterator[str]:
    """Count a user's sessions; with `end`, end them all."""
    if not end:
        found = stack.invoke("EndSessionsFunction", email=email)
        yield f"{email} has {_sessions(found['sessions'])} at {stack.name}."
        return
    yield from _how_they_ended(stack.invoke("EndSessionsFunction", email=email, end=True))
    yield "The user can log in again with the password."


def _how_they_ended(done: Mapping[str, int]) -> Iterator[str]:
    yield f"{_sessions(done['ended'])} ended. Requests that had begun may still finish, within 30 seconds."
    yield from until_remembered(done)


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def password_of(email: str, ask: Callable[[str], str] = getpass.getpass) -> str:
    """The environment's, or typed in without an echo."""
    given = os.environ.get(_PASSWORD) or ask(f"password of {email}: ")
    if not given:
        raise LocalProblem(f"a password is needed: type it, or give it as {_PASSWORD}")
    return given


def _register(api: Api, email: str) -> str:
    name = email.partition("@")[0][:_MOST] or "admin"
    try:
        api.post("/users/register", {"username": name, "email": email, "password": password_of(email)})
    except Refused as refused:
        if refused.kind != "email-taken":
            raise
        return f"{email} is registered already and keeps its password."
    return f"{email} is registered."
