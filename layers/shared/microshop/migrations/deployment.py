"""Migrates the schema in a deployment. In a rollback, the older release accepts a newer schema."""

from collections.abc import Sequence
from pathlib import Path

from microshop.migrations import runner
from microshop.migrations.database_users import APPLICATION
from microshop.migrations.files import FOLDER, read_migrations
from microshop.values import Value


class DeploymentResult(Value):
    """The files that were applied, the files that only the database has, and this release's last version."""

    applied: Sequence[str]
    newer: Sequence[str]
    version: str


def deploy(
    url: str, folder: Path = FOLDER, *, application: str = APPLICATION, warn: runner.Warn = runner.ignore
) -> DeploymentResult:
    """Apply pending files, and grant the application its tables. Without pending files, accept a newer schema unlocked.

    After a failed deployment, CloudFormation invokes the previous release, whose schema is older than the database's.
    That release works with the newer schema, because no migration removes anything that the previous release uses. A
    refusal here would fail the rollback and leave the shop between two releases.

    Raises:
        MigrationRefused: an applied file has changed, files are pending while the database has unknown ones, or another
            runner holds the lock for a minute.
        Unavailable: the database does not answer.
    """
    status = runner.compare_with_files(url, folder)
    if status.pending:
        applied: Sequence[str] = runner.migrate(url, folder, application=application, warn=warn)
    else:
        applied = []
        runner.grant(url, folder, application=application, warn=warn)
    return DeploymentResult(applied, status.newer, f"{read_migrations(folder)[-1].version:04}")
