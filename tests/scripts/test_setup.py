import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.write_env import write_env

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with nothing in it but the script."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPTS / "setup", tmp_path / "scripts")
    return tmp_path


def set_up(clone: Path, *, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/setup", "run"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


class TestSetup:
    def test_an_older_python_gets_a_sentence_and_nothing_is_made(self, clone: Path) -> None:
        old = clone / "python3.11"
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.11.2\n[ "$1" = --version ]\n')
        old.chmod(0o755)

        refused = set_up(clone, python=str(old))

        assert refused.returncode == 1
        assert refused.stderr == (
            f"DeskOps needs Python 3.13, and {old} is Python 3.11.2. "
            "PYTHON= chooses another, such as: make run PYTHON=python3.13\n"
        )
        assert not (clone / ".venv").exists()

    def test_a_python_that_is_not_there_gets_a_sentence_too(self, clone: Path) -> None:
        refused = set_up(clone, python="no-such-python")

        assert refused.returncode == 1
        assert refused.stderr.startswith("DeskOps needs Python 3.13, and no-such-python is not to be found. ")


class TestWriteEnv:
    def test_writes_a_secret_of_its_own_for_its_owner_alone(self, tmp_path: Path) -> None:
        one, other = tmp_path / "a" / "deskops.env", tmp_path / "b" / "deskops.env"

        assert write_env(one)
        assert write_env(other)

        assert one.stat().st_mode & 0o777 == 0o600
        assert one.read_text() != other.read_text()

    def test_keeps_what_is_there(self, tmp_path: Path) -> None:
        file = tmp_path / "deskops.env"
        file.write_text("SECRET_KEY=mine")

        assert not write_env(file)

        assert file.read_text() == "SECRET_KEY=mine"
