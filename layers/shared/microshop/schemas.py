"""The base of every request model: strict types, no unknown fields, no nulls."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError, PydanticUseDefault

from microshop.limits import MAX_REASON_LENGTH
from microshop.money import plain_amount
from microshop.text import BLANKS, normalise_line, normalise_lines, normalise_prose, normalise_remark

# The type of an error that a rule over several fields raises; `ctx["field"]` is the field that it names.
FIELD_ERROR = "field"

# Longer than any valid value, so that the rule's own message is what a client reads, and short enough to stop floods.
Text = Annotated[str, Field(max_length=1000)]


def amount(value: object) -> str:
    # Not a union: that would name the field once for each type that the value is not.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be an amount such as 19.99")  # noqa: TRY004 - pydantic answers no TypeError
    return plain_amount(value)


# As text or as a number; the number of decimals depends on the shop's currency.
SentAmount = Annotated[object, AfterValidator(amount)]


class RequestModel(BaseModel):
    """A JSON body; `1` is not `"1"`, and a field that the endpoint does not know is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:  # only what was sent comes here, not the default
            raise ValueError("must not be null")
        return value


def _default_if_blank(value: Any) -> Any:
    if isinstance(value, str) and not value.strip(BLANKS):
        raise PydanticUseDefault
    return value


# For every optional text: a form sends its empty fields too.
OR_BLANK = BeforeValidator(_default_if_blank)


def line(max_length: int) -> AfterValidator:
    """A name of 1 to `max_length` characters, on one line."""
    return AfterValidator(lambda text: normalise_line(text, max_length))


def lines(max_length: int) -> AfterValidator:
    """Text of 1 to `max_length` characters, on one or more lines."""
    return AfterValidator(lambda text: normalise_lines(text, max_length))


def remark(max_length: int) -> AfterValidator:
    """A remark of 1 to `max_length` characters, on one line; an emoji is enough."""
    return AfterValidator(lambda text: normalise_remark(text, max_length))


def prose(max_length: int) -> AfterValidator:
    """Text of up to `max_length` characters, on any number of lines."""
    return AfterValidator(lambda text: normalise_prose(text, max_length))


Reason = Annotated[Text, remark(MAX_REASON_LENGTH)]


def field_error(field: str, reason: str) -> PydanticCustomError:
    """What a validator of the whole model raises to name the field that is wrong."""
    return PydanticCustomError(FIELD_ERROR, "{reason}", {"field": field, "reason": reason})


def tag(name: str) -> str:
    """The tag of one form of a field that has several; the names of fields in answers leave it out."""
    return f"<{name}>"
