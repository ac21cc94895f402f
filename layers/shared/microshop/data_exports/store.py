"""Writes an export to S3, with what the database and Redis have about the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.data_exports.archive import Archive
from microshop.data_exports.contents import write_contents
from microshop.data_exports.order_queries import PersonOrderQueries
from microshop.data_exports.queries import PersonQueries
from microshop.exports.upload import Upload
from microshop.users.device_repository import Devices

if TYPE_CHECKING:
    from microshop.data_exports.data_export import DataExport
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis
    from microshop.users.user import User


def write_object(
    export: DataExport, owner: User, *, database: Database, redis: Redis, bucket: str, shop_name: str
) -> None:
    """Write the object of an export; it replaces that of an earlier attempt.

    Raises:
        Unavailable: the database, Redis or S3 does not answer.
        botocore.exceptions.ClientError: S3 refuses.
    """
    with Upload(bucket, export.object_key, "application/zip") as file:
        archive = Archive(file)
        write_contents(
            archive,
            PersonQueries(database, owner.id, owner.email),
            PersonOrderQueries(database, owner.id),
            Devices(redis),
            shop_name,
        )
        archive.finish()
        file.finish()
