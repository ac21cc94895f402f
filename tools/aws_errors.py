"""Errors of AWS's client in the words of the person at the terminal."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from tools.problems import LocalProblem

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_ENDED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure")


class AccessDenied(LocalProblem):
    """The caller lacks a right, which the text names."""


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn the errors of AWS's client into sentences that say what to do.

    Raises:
        AccessDenied: the caller lacks a right.
        LocalProblem: there is another reason.
    """
    try:
        yield
    except NoCredentialsError:
        raise LocalProblem("there are no AWS credentials: sign in, or name a profile with AWS_PROFILE") from None
    except NoRegionError:
        raise LocalProblem("there is no AWS region: name one with AWS_REGION, such as eu-central-1") from None
    except ProfileNotFound as error:
        raise LocalProblem(f"{error}: AWS_PROFILE must be one of `aws configure list-profiles`") from None
    except (SSOError, TokenRetrievalError, CredentialRetrievalError) as error:
        raise LocalProblem(f"your AWS session has ended, sign in again: {error}") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _DENIED:
            raise AccessDenied(f"AWS does not let you: ask for the right to {_right(error)}") from error
        if code in _ENDED:
            raise LocalProblem("your AWS session has ended: sign in again") from error
        if code in _UNKNOWN:
            raise LocalProblem("AWS does not know these credentials: check AWS_PROFILE, or sign in again") from error
        raise LocalProblem(f"AWS refuses: {error}") from error
    except BotoCoreError as error:
        raise LocalProblem(f"AWS does not answer: {error}") from error


def _right(error: Any) -> str:
    named = re.search(r"perform: (\S+)(?: on resource: (\S+))?", str(error))
    if named is None:
        return str(error.operation_name)
    return " on ".join(part for part in named.groups() if part)
