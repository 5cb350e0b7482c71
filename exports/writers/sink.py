"""What a file is written into: its length and fingerprint are known as soon as it ends."""

import hashlib
from collections.abc import Buffer, Callable
from dataclasses import dataclass
from typing import BinaryIO

# Told of the rows written so far and of all there are, between the rows and while others work. Whatever it
# raises ends the writing.
type Progress = Callable[[int, int], None]
# Asked whether the file is still wanted, by other threads as well. Whatever it raises ends the writing.
type StillWanted = Callable[[], None]


def wanted_anyway() -> None:
    """Let the writing go on: nobody is there to give it up."""


@dataclass(frozen=True)
class Written:
    """What a file holds and how it is known again."""

    rows: int
    # Bytes.
    size: int
    sha256: str


class Sink:
    """Passes bytes on and takes their fingerprint. It cannot go back: what is written is written."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, content: Buffer, /) -> int:
        length = len(memoryview(content).cast("B"))
        self._to.write(content)
        self._hash.update(content)
        self.size += length
        return length

    def flush(self) -> None:
        self._to.flush()

    def close(self) -> None:
        """Do nothing: what is written into belongs to somebody else."""

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
