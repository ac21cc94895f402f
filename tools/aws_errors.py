"""Turns errors of boto3 into sentences that tell the operator what to do."""

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
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_INVALID = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure")


class AccessDenied(LocalProblem):
    """The caller lacks a permission; the message names it."""


@contextlib.contextmanager
def explain_aws_errors() -> Iterator[None]:
    """Turn errors of boto3 into sentences that say what to do.

    Raises:
        AccessDenied: the caller lacks a permission.
        LocalProblem: any other error.
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
        raise LocalProblem(f"your AWS session has expired, sign in again: {error}") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _DENIED:
            raise AccessDenied(f"AWS denies access: ask for the permission {_permission(error)}") from error
        if code in _EXPIRED:
            raise LocalProblem("your AWS session has expired: sign in again") from error
        if code in _INVALID:
            raise LocalProblem("AWS does not know these credentials: check AWS_PROFILE, or sign in again") from error
        raise LocalProblem(f"AWS refused the request: {error}") from error
    except BotoCoreError as error:
        raise LocalProblem(f"AWS does not answer: {error}") from error


def _permission(error: Any) -> str:
    named = re.search(r"perform: (\S+)(?: on resource: (\S+))?", str(error))
    if named is None:
        return str(error.operation_name)
    return " on ".join(part for part in named.groups() if part)
