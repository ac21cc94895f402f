"""What a load test knows of its URL: the stage behind it, its throttling and the local payment provider."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tools.local.runner_lock import find_running_stack
from tools.problems import LocalProblem
from tools.templates import stages

DEFAULT_URL = "http://127.0.0.1:3000"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PRODUCTION = "prod"
_EXECUTE_API = ".execute-api."


@dataclass(frozen=True)
class Target:
    """A shop. `stage` is "" on this machine, `rate_limit` None without a known limit of requests a second.

    `provider_url` is "" unless it is the shop of `make run` with its local payment provider.
    """

    url: str
    stage: str = ""
    rate_limit: float | None = None
    is_running_shop: bool = False
    provider_url: str = ""

    @property
    def description(self) -> str:
        if self.stage:
            return f"stage {self.stage}"
        return "the running local shop" if self.is_running_shop else "on this machine"

    def warnings(self, rate: int) -> Iterator[str]:
        """Yields a sentence if the throttling will refuse requests of this rate."""
        if self.rate_limit is None or rate <= self.rate_limit:
            return
        limit = f"the shop accepts {self.rate_limit:g} requests a second"
        if self.stage:
            yield (
                f"RATE={rate} is too high for the stage {self.stage}: {limit} (StageRateLimit in "
                f"infra/stages/{self.stage}.yaml), and answers the others with 429"
            )
        else:
            yield (
                f"RATE={rate} is too high: {limit}, and answers the others with 429; "
                "`LOCAL_THROTTLE=off make run` turns that off"
            )


def find_target(url: str | None, stage: str | None, data_folder: Path, *, force: bool) -> Target:
    """Returns the target of a URL, or of the running local shop without one.

    Raises:
        LocalProblem: no shop runs, the stage is unknown, or it is production and `force` is false.
    """
    running = find_running_stack(data_folder)
    if url is None:
        if running is None:
            raise LocalProblem("the shop is not running: start it with `make run`, or name one with URL=https://…")
        url = running["url"]
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise LocalProblem(f"URL must be the URL of a shop without /api/v1, such as {DEFAULT_URL}, not {url}")
    if parts.hostname in _LOOPBACK:
        return _on_this_machine(url, parts, running)
    named = _stage_of(parts)
    if named and stage and named != stage:
        raise LocalProblem(f"{url} is the stage {named}, but STAGE is {stage}: correct one of them")
    found = named or stage
    if found is None:
        raise LocalProblem(f"the stage of {url} is unknown: write STAGE={'|'.join(stages.NAMES)}")
    if found == _PRODUCTION and not force:
        raise LocalProblem(f"{url} serves customers: FORCE=yes sends the load there anyway")
    return Target(url, found, rate_limit=_rate_limit(found))


def _on_this_machine(url: str, parts: SplitResult, running: Mapping[str, object] | None) -> Target:
    if running is None or urlsplit(str(running["url"])).port != parts.port:
        return Target(url)
    limit = running.get("rate_limit")
    provider = str(running.get("stripe_url") or "")
    return Target(
        url,
        rate_limit=float(str(limit)) if limit is not None else None,
        is_running_shop=True,
        provider_url=provider if urlsplit(provider).hostname in _LOOPBACK else "",
    )


def _stage_of(parts: SplitResult) -> str | None:
    """Returns the stage in a URL of API Gateway, or the stage with this domain."""
    host, path = str(parts.hostname), parts.path.strip("/")
    if _EXECUTE_API in host:
        return path or None
    return next((name for name in stages.NAMES if stages.parameters(name).get("DomainName") == host), None)


def _rate_limit(stage: str) -> float | None:
    if stage not in stages.NAMES:
        return None
    return float(stages.parameters(stage)["StageRateLimit"])
