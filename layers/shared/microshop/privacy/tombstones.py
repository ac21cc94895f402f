"""Tombstones in S3: which accounts were erased, so that a restored database is erased again.

`tombstones/<user id>`   JSON of the account's number and the time; nothing else, because it stays for years
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from microshop.platform.aws import simple_storage_service, translate_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = "tombstones/"
_DEPENDENCY = "storage"


class Tombstones:
    """Adds and reads tombstones.

    Raises, from every method:
        Unavailable: S3 does not answer.
        botocore.exceptions.ClientError: S3 refuses.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def add(self, user_id: int, erased_at: datetime) -> None:
        """Record an erasure. A second record of an account adds a version with the later time."""
        body = json.dumps({"user_id": user_id, "erased_at": erased_at.isoformat()})
        with translate_errors(_DEPENDENCY):
            simple_storage_service().put_object(
                Bucket=self._bucket,
                Key=f"{_FOLDER}{user_id}",
                Body=body.encode(),
                ContentType="application/json",
                ChecksumAlgorithm="CRC32",  # a bucket with a retention requires a checksum
            )

    def pages(self) -> Iterator[list[int]]:
        """Yields the numbers of accounts, up to 1,000 at a time."""
        token: dict[str, str] = {}
        while True:
            with translate_errors(_DEPENDENCY):
                found = simple_storage_service().list_objects_v2(
                    Bucket=self._bucket,
                    Prefix=_FOLDER,
                    **token,  # type: ignore[arg-type]  # a token, or nothing
                )
            yield [int(each["Key"].removeprefix(_FOLDER)) for each in found.get("Contents", [])]
            if not found["IsTruncated"]:
                return
            token = {"ContinuationToken": found["NextContinuationToken"]}

    def erased_at(self, user_id: int) -> datetime:
        """Returns when an account with a tombstone was erased."""
        with translate_errors(_DEPENDENCY):
            found = simple_storage_service().get_object(Bucket=self._bucket, Key=f"{_FOLDER}{user_id}")
            content = found["Body"].read()
        return datetime.fromisoformat(json.loads(content)["erased_at"])
