"""`make admin` and `make sessions`: grant and revoke the admin role; count and end sessions."""

import contextlib
import getpass
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.operator.api import Api, Refused
from tools.operator.read_only import authorizer_cache_warning
from tools.operator.stacks import OperatorMistake, Stack
from tools.problems import LocalProblem

_PASSWORD_VARIABLE = "MICROSHOP_ADMIN_PASSWORD"  # noqa: S105 - a name
_NOT_FOUND = "NotFound"
_MAX_USERNAME_LENGTH = 50


def make_admin(stack: Stack, email: str, *, create: bool) -> Iterator[str]:
    """Make a user an admin. With `create`, register the account first if it does not exist, which needs a password.

    Raises:
        LocalProblem: the account does not exist, or its registration is refused.
    """
    try:
        stack.invoke("GrantAdminFunction", email=email)
    except OperatorMistake as mistake:
        if mistake.kind != _NOT_FOUND:
            raise
        if not create:
            raise LocalProblem(f"nobody is registered as {email}: CREATE=yes registers the account too") from None
        yield _register(Api(stack.api_url), email)
        stack.invoke("GrantAdminFunction", email=email)
    else:
        if create:
            yield f"{email} is already registered and keeps its password."
    yield f"{email} is an admin of {stack.name} from the next login."


def revoke_admin(stack: Stack, email: str) -> Iterator[str]:
    """Make an admin a customer again, and end their sessions."""
    result = _invoke_for_account(stack, "GrantAdminFunction", email, revoke=True)
    yield f"{email} is no longer an admin of {stack.name}."
    yield from _ended_sessions(result)


def show_sessions(stack: Stack, email: str, *, end: bool) -> Iterator[str]:
    """Count a user's sessions, or end all of them with `end`."""
    if not end:
        found = _invoke_for_account(stack, "EndSessionsFunction", email)
        yield f"{email} has {_sessions(found['sessions'])} at {stack.name}."
        return
    yield from _ended_sessions(_invoke_for_account(stack, "EndSessionsFunction", email, end=True))
    yield "The user can log in again with the password."


def _invoke_for_account(stack: Stack, function: str, email: str, **event: object) -> Any:
    try:
        return stack.invoke(function, email=email, **event)
    except OperatorMistake as mistake:
        if mistake.kind != _NOT_FOUND:
            raise
        raise LocalProblem(f"nobody is registered as {email} at {stack.name}: check the address") from None


def _ended_sessions(result: Mapping[str, int]) -> Iterator[str]:
    yield f"{_sessions(result['ended'])} ended. Requests in progress may still finish within 30 seconds."
    yield from authorizer_cache_warning(result)


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def password_of(email: str, prompt: Callable[[str], str] = getpass.getpass) -> str:
    """Returns the password from the environment, or prompts for it without an echo.

    Raises:
        LocalProblem: the environment has no password, and there is no terminal.
    """
    if given := os.environ.get(_PASSWORD_VARIABLE):
        return given
    with (
        contextlib.suppress(EOFError, getpass.GetPassWarning),
        warnings.catch_warnings(
            action="error", category=getpass.GetPassWarning
        ),  # before the terminal shows the password
    ):
        if given := prompt(f"password of {email}: "):
            return given
    raise LocalProblem(
        f"the password of {email} is needed: type it at a terminal, or set the variable {_PASSWORD_VARIABLE}"
    )


def _register(api: Api, email: str) -> str:
    name = email.partition("@")[0][:_MAX_USERNAME_LENGTH] or "admin"
    try:
        api.post("/users/register", {"username": name, "email": email, "password": password_of(email)})
    except Refused as refused:
        if refused.kind != "email-taken":
            raise
        return f"{email} is already registered and keeps its password."  # by another process, just now
    return f"{email} is registered."
