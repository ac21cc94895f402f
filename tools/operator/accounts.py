"""`make admin`: makes a registered user an admin, and registers the account first where that is asked for."""

import getpass
import os
from collections.abc import Callable, Iterator

from tools.operator.api import Api, Refused
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
