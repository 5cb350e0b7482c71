"""A bucket of files, of which parts can be read, and which gives up on a server that does not answer."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import override

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody
from django.core.files import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from core.files import FileElsewhereError, StorageUnavailableError

BLOCK = 256 * 1024
# Each request is tried twice. Without limits, a page would wait some minutes for a server that is away.
LIMITS = Config(connect_timeout=4, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Django's bucket, which would fetch the whole file before it gives its last byte."""

    def __init__(self, **settings: object) -> None:
        super().__init__(client_config=LIMITS, **settings)

    @property
    def place(self) -> str:
        return f"s3://{self.bucket_name}/{self.location}"

    def check(self) -> None:
        """Raise StorageUnavailableError where the bucket does not answer, is missing or refuses."""
        with bucket_errors():
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)

    def blocks_of(
        self, name: str, first: int = 0, last: int | None = None, *, size: int | None = None
    ) -> Iterator[bytes]:
        """Return the bytes of a file from the first to the last as they come, and fetch no others.

        Raises FileElsewhereError, also where the file does not have this size.
        """
        stored = self.bucket.Object(self._normalize_name(clean_name(name)))
        is_whole = not first and last is None
        wanted = {} if is_whole else {"Range": f"bytes={first}-{'' if last is None else last}"}
        with bucket_errors():
            found = stored.get(**wanted)
        body: StreamingBody = found["Body"]
        begin, whole = _part_of(found)
        if begin > first or whole is None:
            body.close()
            raise StorageUnavailableError(f"The server sent another part of {name}, or does not say which.")
        if size is not None and whole != size:
            body.close()
            raise FileElsewhereError(name)
        length = min(whole, whole if last is None else last + 1) - first
        return _blocks_of(body, skipped=first - begin, length=length)

    @override
    def delete(self, name: str) -> None:
        with bucket_errors():
            super().delete(name)

    @override
    def exists(self, name: str) -> bool:
        with bucket_errors():
            found = bool(super().exists(name))
        if not found:
            # Of a missing bucket the server says the same.
            self.check()
        return found

    @override
    def _save(self, name: str, content: "File[bytes]") -> str:
        with bucket_errors():
            return str(super()._save(name, content))


@contextmanager
def bucket_errors() -> Iterator[None]:
    """Raise the errors of `core.files` for those of boto3."""
    try:
        yield
    except ClientError as error:
        # A missing bucket is a 404 too.
        if error.response["Error"]["Code"] == "NoSuchKey":
            raise FileElsewhereError(str(error)) from error
        raise StorageUnavailableError(str(error)) from error
    except (BotoCoreError, Boto3Error, ResponseParserError, KeyError, RecursionError) as error:
        # The last two where an answer lacks what it must have, and where regions lead to each other.
        raise StorageUnavailableError(str(error)) from error


def _part_of(found: Mapping[str, object]) -> tuple[int, int | None]:
    """Return the first byte that the server sends, and the size of the whole file; None where it is not said.

    It sends the whole where that was requested, or where it ignores ranges.
    """
    if part := re.fullmatch(r"bytes (\d+)-\d+/(\d+)", str(found.get("ContentRange"))):
        return int(part[1]), int(part[2])
    length = found.get("ContentLength")
    return 0, length if "ContentRange" not in found and isinstance(length, int) else None


def _blocks_of(body: StreamingBody, *, skipped: int, length: int) -> Iterator[bytes]:
    """Yield the blocks of a body after the skipped bytes.

    Raises StorageUnavailableError when it ends too early.
    """
    with closing(body), bucket_errors():
        for received in body.iter_chunks(BLOCK):
            block = received[skipped:][:length]
            skipped = max(skipped - len(received), 0)
            length -= len(block)
            if block:
                yield block
            if not length:
                return
    if length:
        raise StorageUnavailableError(f"The file ends {length} bytes too early.")
