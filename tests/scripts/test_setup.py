"""The scripts that find an interpreter and prepare `make run`, in a directory of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.write_env import write_env

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
# What the scripts themselves call, and no Python.
TOOLS = ("cat", "cmp", "cp", "cut", "dirname", "rm", "sed", "sh", "sort")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that holds the scripts, and a PATH with the tools that they use."""
    (tmp_path / "scripts").mkdir()
    for script in ("setup", "find-python"):
        shutil.copy(SCRIPTS / script, tmp_path / "scripts")
    (tmp_path / "tools").mkdir()
    for tool in TOOLS:
        (tmp_path / "tools" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def write_python(path: Path, *, version: str) -> Path:
    """Write a program that answers as an interpreter of that version does."""
    minor = version.split(".")[1]
    fits = f"echo 3.{minor}" if 12 <= int(minor) <= 14 else "exit 1"
    return write_program(
        path, f'case "$1" in --version) echo Python {version} ;; -c) {fits} ;; *) exit 1 ;; esac'
    )


def run(
    clone: Path, *command: str, path: list[Path] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script with nothing on its PATH but the tools and the directories of `path`."""
    return subprocess.run(
        command,
        cwd=clone,
        env={
            "PATH": os.pathsep.join(str(directory) for directory in [*(path or []), clone / "tools"]),
            "HOME": str(clone),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


class TestFindPython:
    def test_prefers_3_13_then_3_14_then_3_12(self, clone: Path) -> None:
        found = []
        for version in ("3.12.1", "3.14.0", "3.13.0"):
            write_python(clone / "bin" / f"python{version[:4]}", version=version)
            found.append(run(clone, "scripts/find-python", path=[clone / "bin"]).stdout)

        assert found == [f"{clone}/bin/python{version}\n" for version in ("3.12", "3.14", "3.13")]

    def test_uses_python3_where_no_name_has_a_version(self, clone: Path) -> None:
        write_python(clone / "bin" / "python3", version="3.12.3")

        assert run(clone, "scripts/find-python", path=[clone / "bin"]).stdout == f"{clone}/bin/python3\n"

    def test_prefers_the_interpreter_that_is_named(self, clone: Path) -> None:
        write_python(clone / "bin" / "python3.13", version="3.13.0")
        named = write_python(clone / "other" / "python", version="3.12.1")

        found = run(clone, "scripts/find-python", path=[clone / "bin"], PYTHON=str(named))

        assert found.stdout == f"{named}\n"
        assert found.stderr == ""

    def test_reports_a_named_one_that_cannot_be_used_and_finds_another(self, clone: Path) -> None:
        old = write_python(clone / "old" / "python3", version="3.11.7")
        write_python(clone / "bin" / "python3.13", version="3.13.0")

        found = run(clone, "scripts/find-python", path=[clone / "old", clone / "bin"], PYTHON="python3")

        assert found.stdout == f"{clone}/bin/python3.13\n"
        assert found.stderr == "PYTHON=python3 cannot be used: Python 3.11.7\n"
        assert old.exists()

    def test_skips_a_shim_that_fails_when_it_is_run(self, clone: Path) -> None:
        write_program(clone / "shims" / "python3.13", "echo 'command not found' >&2; exit 127")
        write_python(clone / "bin" / "python3.13", version="3.13.0")

        found = run(clone, "scripts/find-python", path=[clone / "shims", clone / "bin"])

        assert found.stdout == f"{clone}/bin/python3.13\n"

    def test_asks_uv_for_one_that_is_installed_and_downloads_none(self, clone: Path) -> None:
        kept = write_python(clone / "uv-pythons" / "python", version="3.12.1")
        write_program(
            clone / "bin" / "uv",
            f'case "$*" in *--no-python-downloads*3.12) echo {kept} ;; *) exit 2 ;; esac',
        )

        assert run(clone, "scripts/find-python", path=[clone / "bin"]).stdout == f"{kept}\n"

    def test_finds_what_pyenv_has_installed(self, clone: Path) -> None:
        installed = clone / ".pyenv" / "versions" / "3.12.1" / "bin"
        installed.mkdir(parents=True)
        write_python(installed / "python", version="3.12.1")

        assert run(clone, "scripts/find-python").stdout == f"{installed}/python\n"

    def test_lists_one_of_each_version_and_the_oldest_first(self, clone: Path) -> None:
        for name, version in (("python3.13", "3.13.0"), ("python3.12", "3.12.9"), ("python3", "3.13.1")):
            write_python(clone / "bin" / name, version=version)

        listed = run(clone, "scripts/find-python", "--all", path=[clone / "bin"])

        assert listed.stdout == f"{clone}/bin/python3.12\n{clone}/bin/python3.13\n"

    def test_does_not_base_the_environment_on_itself(self, clone: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)

        found = run(clone, "scripts/find-python", path=[clone / ".venv" / "bin"])

        assert found.returncode == 1
        assert found.stdout == ""


class TestSetup:
    def test_names_what_was_tried_and_creates_nothing_where_no_python_fits(self, clone: Path) -> None:
        old = write_python(clone / "bin" / "python3", version="3.11.2")

        rejected = run(clone, "scripts/setup", "run", path=[clone / "bin"])

        assert rejected.returncode == 1
        assert rejected.stderr == (
            "DeskOps needs Python 3.12 or 3.13 or 3.14 with its venv module, and none was found here:\n"
            f"  {old}: Python 3.11.2\n"
            "Install one, or name it: make run PYTHON=/path/to/python3\n"
        )
        assert not (clone / ".venv").exists()

    def test_replaces_an_environment_of_another_version_than_the_one_named(self, clone: Path) -> None:
        (clone / ".venv" / "bin").mkdir(parents=True)
        write_python(clone / ".venv" / "bin" / "python", version="3.12.1")
        named = write_python(clone / "bin" / "python3.13", version="3.13.0")

        started = run(clone, "scripts/setup", "run", PYTHON=str(named))

        assert started.stdout == f"Creating the environment in .venv with {named} ...\n"

    def test_keeps_the_environment_where_the_named_python_cannot_be_used(self, clone: Path) -> None:
        (clone / ".venv" / "bin").mkdir(parents=True)
        write_python(clone / ".venv" / "bin" / "python", version="3.12.1")
        for name in (clone / "requirements.txt", clone / ".venv" / "requirements.txt"):
            name.write_text("django==6.1\n")

        kept = run(clone, "scripts/setup", "run", PYTHON="no-such-python")

        assert kept.returncode == 0
        assert kept.stdout == ""


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
