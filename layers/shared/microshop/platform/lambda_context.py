"""The parts of Lambda's context object that the shop uses. Imported for types only; tests have fakes."""

from typing import Protocol


class Deadline(Protocol):
    """The time left until Lambda ends the execution."""

    def get_remaining_time_in_millis(self) -> int: ...


class Context(Deadline, Protocol):
    """The function and the invocation."""

    @property
    def function_name(self) -> str: ...
    @property
    def aws_request_id(self) -> str: ...
