"""`make admin` and `make sessions`: makes a user an admin or a customer again, counts and ends sessions."""

import contextlib
import getpass
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.operator.api import Api, Refused
from tools.operator.read_only import until_remembered
from tools.operator.stacks import OperatorMistake, Stack
from tools.problems import LocalProblem

_PASSWORD = "MICROSHOP_ADMIN_PASSWORD"  # noqa: S105 - the variable's name
_UNKNOWN = "NotFound"
_MOST = 50  # characters of a username


def make_admin(stack: Stack, email: str, *, create: bool) -> Iterator[str]:
    """Grant it; with `create`, register the account unless there is one. Only then is a password needed.

    Raises:
        LocalProblem: there is no such account, or its registration is refused.
    """
    try:
        stack.invoke("GrantAdminFunction", email=email)
    except OperatorMistake as mistake:
        if mistake.kind != _UNKNOWN:
            raise
        if not create:
            raise LocalProblem(f"nobody is registered as {email}: CREATE=yes registers the account too") from None
        yield _register(Api(stack.api_url), email)
        stack.invoke("GrantAdminFunction", email=email)
    else:
        if create:
            yield f"{email} is registered already and keeps its password."
    yield f"{email} is an admin of {stack.name} from the next login on."


def revoke_admin(stack: Stack, email: str) -> Iterator[str]:
    """Make an admin a customer again; their sessions end."""
    done = _of_account(stack, "GrantAdminFunction", email, revoke=True)
    yield f"{email} is not an admin of {stack.name} any more."
    yield from _how_they_ended(done)


def show_sessions(stack: Stack, email: str, *, end: bool) -> Iterator[str]:
    """Count a user's sessions; with `end`, end them all."""
    if not end:
        found = _of_account(stack, "EndSessionsFunction", email)
        yield f"{email} has {_sessions(found['sessions'])} at {stack.name}."
        return
    yield from _how_they_ended(_of_account(stack, "EndSessionsFunction", email, end=True))
    yield "The user can log in again with the password."


def _of_account(stack: Stack, function: str, email: str, **event: object) -> Any:
    try:
        return stack.invoke(function, email=email, **event)
    except OperatorMistake as mistake:
        if mistake.kind != _UNKNOWN:
            raise
        raise LocalProblem(f"nobody is registered as {email} at {stack.name}: check the address") from None


def _how_they_ended(done: Mapping[str, int]) -> Iterator[str]:
    yield f"{_sessions(done['ended'])} ended. Requests in progress may still finish, within 30 seconds."
    yield from until_remembered(done)


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def password_of(email: str, ask: Callable[[str], str] = getpass.getpass) -> str:
    """The environment's, or typed in without an echo.

    Raises:
        LocalProblem: there is neither.
    """
    if given := os.environ.get(_PASSWORD):
        return given
    with (
        contextlib.suppress(EOFError, getpass.GetPassWarning),
        warnings.catch_warnings(action="error", category=getpass.GetPassWarning),  # before it shows what is typed
    ):
        if given := ask(f"password of {email}: "):
            return given
    raise LocalProblem(
        f"the password of {email} is needed: type it at a terminal, or give it in the environment, as {_PASSWORD}"
    )


def _register(api: Api, email: str) -> str:
    name = email.partition("@")[0][:_MOST] or "admin"
    try:
        api.post("/users/register", {"username": name, "email": email, "password": password_of(email)})
    except Refused as refused:
        if refused.kind != "email-taken":
            raise
        return f"{email} is registered already and keeps its password."  # meanwhile, by another
    return f"{email} is registered."
