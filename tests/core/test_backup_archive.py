"""What a backup's file promises: complete, unaltered, opened by its key alone."""

import hashlib
import tarfile
from pathlib import Path
from random import Random

import pytest

from core.backup import encryption
from core.backup.archive import FORMAT, MANIFEST, FilePart, Manifest, check, written_archive
from core.backup.encryption import CHUNK_BYTES, BackupError, read_key

KEY = b"a key of more than thirty-two characters"
# Of some chunks, and not to be compressed: each byte of the file matters.
CONTENT = Random(1).randbytes(5 * CHUNK_BYTES // 2)  # noqa: S311  # no secret


def make_archive(path: Path, *, key: bytes | None = None, sha256: str | None = None) -> Manifest:
    """Write an archive with one file of some chunks."""
    manifest = Manifest(
        format=FORMAT,
        version="1.0",
        made_at="2026-03-02T10:00:00+00:00",
        database="sqlite",
        migrations=[],
        tables={},
        files={
            "exports/one": FilePart(size=len(CONTENT), sha256=sha256 or hashlib.sha256(CONTENT).hexdigest())
        },
    )
    with written_archive(path, key=key) as archive:
        archive.add("files/exports/one", CONTENT)
        archive.add(MANIFEST, manifest.model_dump_json().encode())
    return manifest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.backup"


class TestArchive:
    @pytest.mark.parametrize("key", [None, KEY])
    def test_is_read_back_as_it_was_written(self, path: Path, key: bytes | None) -> None:
        manifest = make_archive(path, key=key)

        assert check(path, key=key) == manifest

    def test_is_readable_by_its_owner_alone_and_leaves_nothing_else(self, path: Path) -> None:
        make_archive(path)

        assert path.stat().st_mode & 0o777 == 0o600
        assert list(path.parent.iterdir()) == [path]

    def test_without_a_key_is_a_tar_file_that_any_tar_opens(self, path: Path) -> None:
        make_archive(path)

        with tarfile.open(path) as tar:
            assert tar.getnames() == ["files/exports/one", MANIFEST]

    def test_never_replaces_a_file(self, path: Path) -> None:
        path.write_text("something else")

        with pytest.raises(BackupError, match="is there already"):
            make_archive(path)

        assert path.read_text() == "something else"

    def test_that_is_interrupted_leaves_no_file(self, path: Path) -> None:
        def interrupt() -> None:
            with written_archive(path, key=KEY) as archive:
                archive.add("files/exports/one", CONTENT)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            interrupt()

        assert list(path.parent.iterdir()) == []

    def test_says_where_it_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match=r"cannot be written .* No such file or directory"):
            make_archive(tmp_path / "no" / "such" / "folder")

    def test_says_that_there_is_no_file(self, path: Path) -> None:
        with pytest.raises(BackupError, match="cannot be read: No such file"):
            check(path, key=None)

    @pytest.mark.parametrize("key", [None, KEY])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_refuses_a_file_with_a_changed_byte(self, path: Path, key: bytes | None, share: float) -> None:
        make_archive(path, key=key)
        content = bytearray(path.read_bytes())
        content[int(len(content) * share)] ^= 1
        path.write_bytes(content)

        with pytest.raises(BackupError, match="damaged or incomplete"):
            check(path, key=key)

    @pytest.mark.parametrize("key", [None, KEY])
    @pytest.mark.parametrize("length", [0, 100, 5000, -1])
    def test_refuses_a_file_that_is_cut_off(self, path: Path, key: bytes | None, length: int) -> None:
        make_archive(path, key=key)
        path.write_bytes(path.read_bytes()[:length])

        with pytest.raises(BackupError, match=r"damaged or incomplete|This key does not open"):
            check(path, key=key)

    def test_refuses_a_part_that_is_not_what_the_manifest_says(self, path: Path) -> None:
        make_archive(path, sha256="0" * 64)

        with pytest.raises(BackupError, match="damaged or incomplete"):
            check(path, key=None)


class TestKey:
    def test_another_one_does_not_open_a_backup(self, path: Path) -> None:
        make_archive(path, key=KEY)

        with pytest.raises(BackupError, match="This key does not open the backup"):
            check(path, key=KEY + b"!")

    def test_is_needed_for_an_encrypted_backup(self, path: Path) -> None:
        make_archive(path, key=KEY)

        with pytest.raises(BackupError, match=r"encrypted\. Name its key with --key-file"):
            check(path, key=None)

    def test_encrypts_the_same_content_differently_each_time(self, path: Path, tmp_path: Path) -> None:
        make_archive(path, key=KEY)
        make_archive(tmp_path / "two.backup", key=KEY)

        assert path.read_bytes() != (tmp_path / "two.backup").read_bytes()

    def test_is_the_text_of_its_file_without_the_end_of_the_line(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_bytes(KEY + b"\n")

        assert read_key(tmp_path / "key") == KEY

    def test_that_is_short_is_refused_with_how_to_make_one(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text("password")

        with pytest.raises(BackupError, match=r"shorter than 32 characters\. Make one with: openssl rand"):
            read_key(tmp_path / "key")

    def test_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match="key cannot be read: No such file"):
            read_key(tmp_path / "key")


class TestChunks:
    def test_cannot_be_exchanged(self, path: Path) -> None:
        make_archive(path, key=KEY)
        header = len(encryption.MAGIC) + encryption.SALT_BYTES + encryption.CHECK_BYTES
        with path.open("wb") as file, encryption.EncryptingWriter(file, KEY) as writer:
            writer.write(b"a" * 3 * CHUNK_BYTES)
        content, size = path.read_bytes(), CHUNK_BYTES + encryption.TAG_BYTES
        first, second = content[header : header + size], content[header + size : header + 2 * size]

        path.write_bytes(content[:header] + second + first + content[header + 2 * size :])

        with path.open("rb") as source, pytest.raises(BackupError, match="damaged"):
            encryption.DecryptingReader(source, KEY).read(1)

    @pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
    def test_of_any_length_are_decrypted(self, path: Path, size: int) -> None:
        with path.open("wb") as file, encryption.EncryptingWriter(file, KEY) as writer:
            writer.write(CONTENT[:size])

        with path.open("rb") as source:
            assert encryption.DecryptingReader(source, KEY).readall() == CONTENT[:size]
