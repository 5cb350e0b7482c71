"""A bucket of files, of which parts can be read, and which gives up on a server that does not answer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import override

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
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
        # "bytes 0-9/1234", or the whole.
        whole = found["ContentLength"] if is_whole else int(found["ContentRange"].rpartition("/")[2])
        body: StreamingBody = found["Body"]
        if size is not None and whole != size:
            body.close()
            raise FileElsewhereError(name)
        return _blocks_of(body)

    @override
    def delete(self, name: str) -> None:
        with bucket_errors():
            super().delete(name)

    @override
    def exists(self, name: str) -> bool:
        with bucket_errors():
            return bool(super().exists(name))

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
    except (BotoCoreError, Boto3Error) as error:
        raise StorageUnavailableError(str(error)) from error


def _blocks_of(body: StreamingBody) -> Iterator[bytes]:
    """Yield the blocks of a body. Raises StorageUnavailableError when it ends too early."""
    with closing(body), bucket_errors():
        yield from body.iter_chunks(BLOCK)
