"""Request bodies of the second factor's endpoints."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from microshop.schemas import RequestModel, Text, line
from microshop.second_factor.totp import check_code

Code = Annotated[Text, AfterValidator(check_code)]
RecoveryCode = Annotated[Text, line(50)]


class ConfirmSecondFactorRequest(RequestModel):
    """POST /admin/second-factor/confirm."""

    code: Code


class VerifySecondFactorRequest(RequestModel):
    """POST /admin/second-factor/verify: a code of the app, or a recovery code."""

    code: Code | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def _check_one_is_given(self) -> Self:
        if (self.code is None) == (self.recovery_code is None):
            raise ValueError("must contain either code or recovery_code")
        return self
