"""Whose requests to AWS these are: the role of the function, as Lambda writes it into the environment."""

from dataclasses import dataclass, field

from microshop.platform import settings


@dataclass(frozen=True)
class Credentials:
    """An access key. A function's own comes with a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def own_credentials() -> Credentials:
    """This function's own, read anew each time.

    Raises:
        MissingSetting: the environment has none.
    """
    return Credentials(
        settings.text("AWS_ACCESS_KEY_ID"),
        settings.text("AWS_SECRET_ACCESS_KEY"),
        settings.text("AWS_SESSION_TOKEN", "") or None,
    )
