"""Measure `make run` until the sign-in page answers: `python -m bench.start [DIRECTORY]`.

DIRECTORY is a clone (default: this one): a fresh one shows the first start, a used one a later start. Prints
seconds, and the processor time of all processes, which other work on the machine lengthens less.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.processes import free_port

PATIENCE_SECONDS = 600


def processor_seconds(process: int) -> float:
    """Return what a running process, its children and those that ended have used (Linux)."""
    try:
        # The fields after the name in brackets; times are the 14th to the 17th of all.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0
    own = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=60):
            return True
    except OSError:
        return False


def measure(clone: Path) -> None:
    port = free_port()
    began = time.monotonic()
    running = subprocess.Popen(
        ["make", "run"],  # noqa: S607
        cwd=clone,
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not answers(port):
            if running.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                sys.exit("The portal did not start.")
            time.sleep(0.05)
        seconds = time.monotonic() - began
        print(f"{seconds:.1f} s, {processor_seconds(running.pid):.1f} s of processor time")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        running.wait()


if __name__ == "__main__":
    measure(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
