"""The schema as a deployment needs it: up to date, or newer where the deployment goes back to an older release."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from microshop.migrations import runner
from microshop.migrations.files import FOLDER, read_migrations


@dataclass(frozen=True)
class Deployed:
    """What was applied now, what the database has beyond this release, and this release's own last version."""

    applied: Sequence[str]
    newer: Sequence[str]
    version: str


def deploy(url: str, folder: Path = FOLDER) -> Deployed:
    """Apply what waits. Where nothing does, a newer schema is as good, and nobody is waited for.

    A deployment that fails is rolled back: CloudFormation asks the release before for what it had, while the schema has
    gone on or is still at it. That release works with it, by the rule that a migration takes away nothing which the
    release before uses; and a rollback that is refused would leave the shop between two releases.

    Raises:
        MigrationRefused: a file that was applied has changed, files wait while the database has others, or another
            runner holds the lock for a minute.
        Unavailable: the database does not answer.
    """
    found = runner.compare(url, folder)
    applied = runner.migrate(url, folder) if found.pending else []
    return Deployed(applied, found.newer, f"{read_migrations(folder)[-1].version:04}")
