"""One release for all tests of this directory: building and installing it takes most of their time."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from tests.release.installation import Installed, cpu_seconds, run, without_network


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the release with libraries for the Python of the tests."""
    output = tmp_path_factory.mktemp("dist")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    script = settings.BASE_DIR / "scripts" / "release.py"
    subprocess.run([sys.executable, script, "--output", output, "--pythons", version], check=True)
    return output / f"deskops-{settings.VERSION}.tar.gz"


@pytest.fixture(scope="session")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Unpack the release and install it without a network into an empty directory."""
    place = tmp_path_factory.mktemp("unpacked")
    home = tmp_path_factory.mktemp("opt") / "deskops"
    unpacked = place / f"deskops-{settings.VERSION}"
    closed = without_network()
    began, cpu_before = time.monotonic(), cpu_seconds()
    run("tar", "xzf", archive, "-C", place)
    run(*closed, unpacked / "install", home, PYTHON=sys.executable)
    return Installed(unpacked, home, time.monotonic() - began, cpu_seconds() - cpu_before)


@pytest.fixture
def home(installed: Installed) -> Path:
    return installed.home
