"""Collects the latency and the outcome of every request of a load test."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from tools.load.steps import Step

NO_ANSWER = 0  # the status of a request without an answer; the problem is the class of the error


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the smallest value that this share of the values does not exceed (nearest rank); 0 without values."""
    if not values:
        return 0.0
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


@dataclass
class StepMeasurements:
    """The requests of a step: seconds from the intended start to the answer, and how often each outcome occurred."""

    seconds: array[float] = field(default_factory=lambda: array("d"))
    outcomes: Counter[tuple[int, str]] = field(default_factory=Counter)  # status and problem type

    @property
    def throttled(self) -> int:
        return sum(count for (status, _), count in self.outcomes.items() if status == HTTPStatus.TOO_MANY_REQUESTS)

    @property
    def errors(self) -> int:
        """The number of requests that failed, without those that were throttled."""
        return sum(count for outcome, count in self.outcomes.items() if is_error(outcome[0]))


@dataclass
class Measurements:
    """Everything that a load test measures."""

    steps: dict[Step, StepMeasurements] = field(default_factory=dict)
    intended_journeys: int = 0
    completed_journeys: int = 0
    dropped_journeys: int = 0
    lateness: array[float] = field(default_factory=lambda: array("d"))  # seconds between intended and actual start
    elapsed: float = 0.0  # seconds until the last journey has ended
    cpu_seconds: float = 0.0  # of the generator

    def add(self, step: Step, seconds: float, status: int, problem: str = "") -> None:
        """Record a request."""
        measured = self.steps.setdefault(step, StepMeasurements())
        measured.seconds.append(seconds)
        measured.outcomes[status, problem] += 1

    @property
    def requests(self) -> int:
        return sum(len(step.seconds) for step in self.steps.values())

    @property
    def errors(self) -> int:
        """Failed requests, and journeys that the generator could not start."""
        return sum(step.errors for step in self.steps.values()) + self.dropped_journeys

    @property
    def throttled(self) -> int:
        return sum(step.throttled for step in self.steps.values())


def is_error(status: int) -> bool:
    """Whether a status is an error. 429 is not: it is counted separately."""
    return status != HTTPStatus.TOO_MANY_REQUESTS and (status == NO_ANSWER or status >= HTTPStatus.BAD_REQUEST)
