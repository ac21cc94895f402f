"""Streams a file to S3, so that it need not fit into memory."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from microshop.platform.aws import simple_storage_service, translate_errors

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# The minimum that S3 accepts for a part other than the last ("Multipart upload limits" in its user guide).
PART_SIZE = 5 * 1024 * 1024

_DEPENDENCY = "storage"


class Upload:
    """A file in S3, as a `with` block that discards the file unless `finish` was called.

    Raises, from every method that calls S3:
        Unavailable: S3 does not answer.
        botocore.exceptions.ClientError: S3 refuses.
    """

    def __init__(self, bucket: str, key: str, content_type: str = "text/csv; charset=utf-8") -> None:
        self._bucket = bucket
        self.key = key
        self._content_type = content_type
        self._id = ""
        self._pending = bytearray()
        self._parts: list[CompletedPartTypeDef] = []
        self._finished = False

    def __enter__(self) -> Self:
        filename = self.key.rpartition("/")[2]
        with translate_errors(_DEPENDENCY):
            upload = simple_storage_service().create_multipart_upload(
                Bucket=self._bucket,
                Key=self.key,
                ContentType=self._content_type,
                ContentDisposition=f'attachment; filename="{filename}"',
                CacheControl="private, no-store",
                ChecksumAlgorithm="CRC32",  # S3 refuses parts with a checksum that is not declared here
            )
        self._id = upload["UploadId"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._finished:
            return
        # Report the first error only. If the abort fails, the bucket's lifecycle rule removes the parts.
        with suppress(Exception):
            simple_storage_service().abort_multipart_upload(Bucket=self._bucket, Key=self.key, UploadId=self._id)

    def write(self, data: bytes) -> None:
        """Append to the file."""
        self._pending += data
        if len(self._pending) >= PART_SIZE:
            self._send()

    def finish(self) -> None:
        """Complete the file, to which at least one byte must have been written."""
        if self._pending:
            self._send()
        with translate_errors(_DEPENDENCY):
            simple_storage_service().complete_multipart_upload(
                Bucket=self._bucket, Key=self.key, UploadId=self._id, MultipartUpload={"Parts": self._parts}
            )
        self._finished = True

    def url(self, seconds: int) -> str:
        """Returns a presigned link, with which anybody can read the file for `seconds`."""
        return presigned_url(self._bucket, self.key, seconds)

    def _send(self) -> None:
        number = len(self._parts) + 1
        with translate_errors(_DEPENDENCY):
            part = simple_storage_service().upload_part(
                Bucket=self._bucket,
                Key=self.key,
                UploadId=self._id,
                PartNumber=number,
                Body=bytes(self._pending),
                ChecksumAlgorithm="CRC32",
            )
        self._parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
        self._pending.clear()


def presigned_url(bucket: str, key: str, seconds: int) -> str:
    """Returns a link with which anybody can read a file for `seconds`. Makes no call."""
    return simple_storage_service().generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds
    )
