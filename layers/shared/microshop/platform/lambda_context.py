"""Lambda's context object, as far as the shop uses it. Imported for types only; tests have fakes of it."""

from typing import Protocol


class Deadline(Protocol):
    """The time that is left until Lambda ends the execution."""

    def get_remaining_time_in_millis(self) -> int: ...


class Context(Deadline, Protocol):
    """The function and the invocation."""

    @property
    def function_name(self) -> str: ...
    @property
    def aws_request_id(self) -> str: ...
