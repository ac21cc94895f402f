"""Formats a step as text: the explanation, the request, and the shown fields of the response."""

import json
import shlex
import textwrap
from collections.abc import Iterator, Mapping

from tools.tour.client import Request, Response
from tools.tour.scenario.sample_values import ACCOUNTS
from tools.tour.step import Json, Step, shortened

_WIDTH = 100
_PRINT_IT = "import json, sys; print(json.load(sys.stdin)['token'])"
_BOLD, _CYAN, _DIM, _PLAIN = "\033[1m", "\033[36m", "\033[2m", "\033[0m"


class Painter:
    """Colours lines, if `coloured` is true."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._coloured else text


def format_step(number: int, step: Step, request: Request, response: Response, paint: Painter) -> Iterator[str]:
    """Yields the lines of a step."""
    for index, line in enumerate(textwrap.wrap(step.text, _WIDTH - 4)):
        yield paint(_BOLD, f"{number:>2}. {line}" if index == 0 else f"    {line}")
    yield paint(_CYAN, f"    {request.method} {request.path}")
    yield from (f"    {name}: {value}" for name, value in request.headers.items())
    if request.form:
        yield "    " + "&".join(f"{name}={value}" for name, value in request.form.items())
    if request.body is not None:
        yield from _indented(request.body)
    yield paint(_DIM, f"    -> {response.status}")
    if step.shown:
        yield from _indented(shortened(response.body, step.shown))
    yield ""


def as_curl(step: Step, request: Request, url: str, publishable_key: Json) -> str:
    """Returns the request as a curl command. A login puts the token into a shell variable with the user's name."""
    words = ["curl", "-sS", "-X", request.method, f"{url}{request.path}"]
    for name, value in request.headers.items():
        words += ["-H", f"{name}: {value}"]
    if request.body is not None:
        words += ["-H", "Content-Type: application/json", "-d", json.dumps(request.body, ensure_ascii=False)]
    for name, value in (request.form or {}).items():
        words += ["--data-urlencode", f"{name}={value}"]
    line = shlex.join(words)
    if step.user:
        line += f' -H "Authorization: Bearer ${step.user}"'
    if step.form:
        line += f" -u {shlex.quote(f'{publishable_key}:')}"
    if step.logs_in:
        line = f"{step.logs_in}=$({line} | python3 -c {shlex.quote(_PRINT_IT)})"
    return line


def with_sample_values(value: Json, saved: Mapping[str, Json], samples: Mapping[str, Json]) -> Json:
    """Returns the value with sample ids and times, because real ones differ between runs."""
    if isinstance(value, dict):
        if "provider" in value:  # a payment may have the number of an account
            own = {name: known for name, known in saved.items() if name not in ACCOUNTS}
            return {name: _sampled(name, each, own if name == "id" else saved, samples) for name, each in value.items()}
        return {name: _sampled(name, each, saved, samples) for name, each in value.items()}
    if isinstance(value, list):
        return [with_sample_values(each, saved, samples) for each in value]
    return value


def _sampled(name: str, value: Json, saved: Mapping[str, Json], samples: Mapping[str, Json]) -> Json:
    if value is not None and name.endswith(("_at", "_by")):
        return "2026-01-15T09:30:00+00:00"
    if name == "id" or name.endswith("_id"):
        return next(
            (samples[each] for each, known in saved.items() if each in samples and known == value), samples["id"]
        )
    return with_sample_values(value, saved, samples)


def _indented(value: Json) -> Iterator[str]:
    return (f"    {line}" for line in _json(value, _WIDTH - 4).splitlines())


def _json(value: Json, width: int) -> str:
    """Returns JSON on one line if it fits, otherwise with one line for each member."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= width or not value or not isinstance(value, dict | list):
        return line
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}: {_json(each, width - len(name) - 6)}" for name, each in value.items()]
        begin, end = "{", "}"
    else:
        members = [_json(each, width - 3) for each in value]
        begin, end = "[", "]"
    inner = ",\n".join(textwrap.indent(member, "  ") for member in members)
    return f"{begin}\n{inner}\n{end}"
