"""A bucket of files, of which parts can be read."""

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus

from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

BLOCK = 256 * 1024


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Django's bucket, which would fetch the whole file before it gives its last byte."""

    def blocks_of(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Return the bytes of a file from the first to the last as they come, and fetch no others.

        Raises FileNotFoundError.
        """
        stored = self.bucket.Object(self._normalize_name(clean_name(name)))
        try:
            body: StreamingBody = stored.get(Range=f"bytes={first}-{last}")["Body"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(name) from error
            raise
        return _blocks_of(body)


def _blocks_of(body: StreamingBody) -> Iterator[bytes]:
    with closing(body):
        yield from body.iter_chunks(BLOCK)
