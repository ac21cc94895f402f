"""The base class and the field types of request models: strict types, no unknown fields, no nulls."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError, PydanticUseDefault

from microshop.limits import MAX_REASON_LENGTH
from microshop.money import plain_amount
from microshop.text import BLANKS, normalise_line, normalise_lines, normalise_prose, normalise_remark

# The type of an error from a rule over several fields; `ctx["field"]` is the invalid field.
FIELD_ERROR = "field"

# Longer than any valid value, so that clients get the message of the field's own rule; short enough to bound the work.
Text = Annotated[str, Field(max_length=1000)]


def amount(value: object) -> str:
    # Not a union: pydantic would report an error for each of its types.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be an amount such as 19.99")  # noqa: TRY004 - pydantic does not catch TypeError
    return plain_amount(value)


# An amount as text or number. The permitted number of decimals depends on the shop's currency.
SentAmount = Annotated[object, AfterValidator(amount)]


class RequestModel(BaseModel):
    """A JSON body. Types are strict (`1` is not `"1"`), and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:  # pydantic does not validate defaults, so the client has sent null
            raise ValueError("must not be null")
        return value


def _default_if_blank(value: Any) -> Any:
    if isinstance(value, str) and not value.strip(BLANKS):
        raise PydanticUseDefault
    return value


# For every optional text, because forms send empty fields.
OR_BLANK = BeforeValidator(_default_if_blank)


def line(max_length: int) -> AfterValidator:
    """Returns the type of a one-line name of 1 to `max_length` characters."""
    return AfterValidator(lambda text: normalise_line(text, max_length))


def lines(max_length: int) -> AfterValidator:
    """Returns the type of a text of 1 to `max_length` characters on one or more lines."""
    return AfterValidator(lambda text: normalise_lines(text, max_length))


def remark(max_length: int) -> AfterValidator:
    """Returns the type of a one-line remark of 1 to `max_length` characters; it may be just an emoji."""
    return AfterValidator(lambda text: normalise_remark(text, max_length))


def prose(max_length: int) -> AfterValidator:
    """Returns the type of a text of up to `max_length` characters on any number of lines."""
    return AfterValidator(lambda text: normalise_prose(text, max_length))


Reason = Annotated[Text, remark(MAX_REASON_LENGTH)]


def field_error(field: str, reason: str) -> PydanticCustomError:
    """Returns the error with which a validator of the whole model names the invalid field."""
    return PydanticCustomError(FIELD_ERROR, "{reason}", {"field": field, "reason": reason})


def tag(name: str) -> str:
    """Returns the tag of a union's member. Problem details leave it out of the names of fields."""
    return f"<{name}>"
