"""The result of a load test as a page, in the form of a terminal or as Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.load.measurements import NO_ANSWER, Measurements, StepMeasurements, is_error, percentile
from tools.load.steps import STEPS
from tools.operator.tables import count_of, table

_HEAD = ("step", "requests", "a second", "p50 ms", "p90 ms", "p99 ms", "max ms", "errors", "429")
_ERROR_HEAD = ("step", "status", "problem", "requests")
# The generator is the bottleneck if it starts a journey in a hundred later than this, or uses most of its one core.
_LATE_SECONDS = 0.05
_BUSY = 0.9
# The shop cannot keep up if the last answers come this much after the last arrival: seconds, and share of the duration.
_BACKLOG_SECONDS, _BACKLOG_SHARE = 5, 0.25
_OWN_DELAY = "the latencies include its own delay. Use a lower RATE, or another machine than the shop's"


@dataclass(frozen=True)
class Plan:
    """What a load test was to do. Rate in requests a second, duration in seconds, accepted errors in percent."""

    title: str
    rate: int
    journeys_a_second: float
    duration: int
    accepted_errors: int


@dataclass(frozen=True)
class Result:
    """The result of a load test; `remains` says what is left in the shop."""

    plan: Plan
    measured: Measurements
    remains: Sequence[str]

    @property
    def failed(self) -> bool:
        """Whether too many requests had an error, or were throttled so that the result is not about the shop."""
        return self._is_too_many(self.measured.errors) or self._is_too_many(self.measured.throttled)

    @property
    def generator_is_bottleneck(self) -> bool:
        return (
            percentile(self.measured.lateness, 0.99) > _LATE_SECONDS
            or self.measured.cpu_seconds > _BUSY * self.measured.elapsed
            or self.measured.dropped_journeys > 0
        )

    @property
    def has_backlog(self) -> bool:
        """Whether requests arrived faster than the shop answers, so that a longer test has higher latencies."""
        longest = max(_BACKLOG_SECONDS, _BACKLOG_SHARE * self.plan.duration)
        return self.measured.elapsed - self.plan.duration > longest

    def text(self) -> Iterator[str]:
        """Yields the lines of the page for a terminal."""
        yield self.plan.title
        yield ""
        yield from table(_HEAD, self._rows())
        if errors := list(self._error_rows()):
            yield ""
            yield from table(_ERROR_HEAD, errors)
        yield ""
        width = max(len(name) for name, _ in self._facts())
        yield from (f"{name.ljust(width)}  {fact}" for name, fact in self._facts())

    def markdown(self) -> str:
        """Returns the page as a Markdown document."""
        lines = [f"# {self.plan.title}", "", *_markdown_table(_HEAD, self._rows())]
        if errors := list(self._error_rows()):
            lines += ["", "## Errors", "", *_markdown_table(_ERROR_HEAD, errors)]
        return "\n".join([*lines, "", *(f"- **{name}**: {fact}" for name, fact in self._facts()), ""])

    def _is_too_many(self, requests: int) -> bool:
        whole = self.measured.requests + self.measured.dropped_journeys
        return requests * 100 > self.plan.accepted_errors * whole

    def _rows(self) -> list[tuple[object, ...]]:
        every = StepMeasurements()
        for step in self.measured.steps.values():
            every.seconds.extend(step.seconds)
            every.outcomes.update(step.outcomes)
        known = [(step.name, self.measured.steps[step]) for step in STEPS if step in self.measured.steps]
        steps = [*known, ("all", every)]
        return [(name, *self._row(measured)) for name, measured in steps]

    def _row(self, step: StepMeasurements) -> tuple[object, ...]:
        seconds = sorted(step.seconds)
        shares = [round(percentile(seconds, share) * 1000) for share in (0.5, 0.9, 0.99, 1)]
        a_second = f"{len(seconds) / max(self.measured.elapsed, 0.001):.1f}"
        return (len(seconds), a_second, *shares, step.errors, step.throttled)

    def _error_rows(self) -> Iterator[tuple[object, ...]]:
        for step, measured in self.measured.steps.items():
            for (status, problem), count in measured.outcomes.most_common():
                if is_error(status):
                    yield step.name, "no answer" if status == NO_ANSWER else str(status), problem, count

    def _facts(self) -> list[tuple[str, str]]:
        measured, plan = self.measured, self.plan
        elapsed = max(measured.elapsed, 0.001)
        achieved = f"{measured.requests / elapsed:.1f} achieved in {measured.elapsed:.1f} s"
        started = f"{len(measured.lateness)} started, {measured.completed_journeys} completed"
        late = percentile(measured.lateness, 0.99) * 1000
        facts = [
            ("rate", f"{plan.rate} requests a second intended, {achieved}"),
            ("journeys", f"{measured.intended_journeys} intended ({plan.journeys_a_second:.2f} a second), {started}"),
            ("latency", "from the intended start of a journey, and then from the previous answer"),
            ("generator", f"p99 of late starts {late:.0f} ms, {measured.cpu_seconds / elapsed:.0%} of a core"),
        ]
        if self.generator_is_bottleneck:
            facts.append(("bottleneck", f"the generator: {_OWN_DELAY}"))
        if self.has_backlog:
            late_answers = f"the last answers came {measured.elapsed - plan.duration:.0f} s after the last arrival"
            facts.append(("backlog", f"the shop cannot keep up with RATE={plan.rate}: {late_answers}"))
        if measured.dropped_journeys:
            facts.append(("dropped", f"{count_of(measured.dropped_journeys, 'journey')}: too many were still running"))
        facts.append(("verdict", self._verdict()))
        return [*facts, *(("left", each) for each in self.remains)]

    def _verdict(self) -> str:
        whole = max(self.measured.requests, 1)
        errors, throttled = self.measured.errors / whole, self.measured.throttled / whole
        if self._is_too_many(self.measured.errors):
            return f"failed: {errors:.1%} errors, more than {self.plan.accepted_errors} %"
        if self._is_too_many(self.measured.throttled):
            return f"throttled: {throttled:.1%} of the requests got 429, so this is a test of the throttling"
        return f"passed: {errors:.1%} errors, at most {self.plan.accepted_errors} % accepted"


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "---:|" * (len(head) - 1)
    yield from (f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)
