import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "with-postgres"

pytestmark = pytest.mark.skipif(
    not (shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    reason="PostgreSQL is not installed",
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a directory with a short path: the path of a socket has about a hundred characters at most."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def places(folder: Path) -> list[Path]:
    return list(folder.glob("pg.*"))


class TestWithPostgres:
    def test_provides_a_database_and_removes_it_afterwards(self, folder: Path) -> None:
        finished = subprocess.run(
            [SCRIPT, "--quick", "sh", "-c", 'psql -Atc "SELECT current_database()" "$DATABASE_URL"; exit 7'],
            env={"PATH": os.environ["PATH"], "TMPDIR": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert finished.stdout == "deskops\n"
        assert finished.returncode == 7
        assert not places(folder)

    def test_removes_it_when_interrupted(self, folder: Path) -> None:
        running = subprocess.Popen(
            [SCRIPT, "--quick", "sh", "-c", "echo ready; exec sleep 60"],
            env={"PATH": os.environ["PATH"], "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"

        os.killpg(running.pid, signal.SIGTERM)
        running.communicate(timeout=180)

        assert running.returncode == 143
        assert not places(folder)
