"""Encrypt and decrypt a stream with a key file: AES-256-GCM in chunks, so that nothing is held in memory.

The file begins with MAGIC, a random salt and a check value of the key. Each chunk's nonce is its number and
whether it is the last one, so that chunks can be neither exchanged, left out nor cut off unnoticed.
"""

import io
import os
from collections.abc import Buffer
from pathlib import Path
from typing import BinaryIO, override

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"deskops-encrypted-1\n"
SALT_BYTES = 16
KEY_BYTES = 32
CHECK_BYTES = 16
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
# Of the text in the key file: what `openssl rand -base64 32` prints has 44.
LEAST_KEY_LENGTH = 32


def read_key(path: Path) -> bytes:
    """Return the key that a file holds. Raises BackupError for no file and for a key that is too short."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BackupError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if len(key) < LEAST_KEY_LENGTH:
        raise BackupError(
            f"The key in {path} is shorter than {LEAST_KEY_LENGTH} characters."
            f" Make one with: openssl rand -base64 32 > {path}"
        )
    return key


def _derive(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """Return the cipher for one file, and the value by which a wrong key is recognised."""
    derived = HKDF(SHA256(), KEY_BYTES + CHECK_BYTES, salt, b"deskops backup").derive(key)
    return AESGCM(derived[:KEY_BYTES]), derived[KEY_BYTES:]


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do."""


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written into it; `close` writes the last chunk and leaves the file below open."""

    def __init__(self, to: BinaryIO, key: bytes) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher, check = _derive(key, salt)
        self._to = to
        self._waiting = bytearray()
        self._number = 0
        to.write(MAGIC + salt + check)

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, content: Buffer, /) -> int:
        piece = memoryview(content).cast("B")
        self._waiting += piece
        # One chunk always waits, since only `close` knows which is the last.
        while len(self._waiting) > CHUNK_BYTES:
            self._write_chunk(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(piece)

    @override
    def close(self) -> None:
        if not self.closed:
            self._write_chunk(bytes(self._waiting), is_last=True)
        super().close()

    def _write_chunk(self, chunk: bytes, *, is_last: bool) -> None:
        self._to.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


class DecryptingReader(io.RawIOBase):
    """Decrypts a file as it is read. Raises BackupError for a wrong key and a damaged file."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        source.read(len(MAGIC))
        salt, check = source.read(SALT_BYTES), source.read(CHECK_BYTES)
        self._cipher, expected = _derive(key, salt)
        if check != expected:
            raise BackupError("This key does not open the backup. Name the key file that it was made with.")
        self._source = source
        self._next = source.read(CHUNK_BYTES + TAG_BYTES)
        self._number = 0
        self._plain = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        if not self._plain and self._next:
            self._read_chunk()
        into = memoryview(buffer).cast("B")
        length = min(len(into), len(self._plain))
        into[:length] = self._plain[:length]
        self._plain = self._plain[length:]
        return length

    def _read_chunk(self) -> None:
        chunk, self._next = self._next, self._source.read(CHUNK_BYTES + TAG_BYTES)
        nonce = _nonce(self._number, is_last=not self._next)
        try:
            self._plain = memoryview(self._cipher.decrypt(nonce, chunk, None))
        except InvalidTag as error:
            raise BackupError("The backup is damaged or incomplete. Use another one.") from error
        self._number += 1
