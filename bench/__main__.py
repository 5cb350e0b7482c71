"""Measure speed on PostgreSQL and SQLite and print ratios: `make bench`, or with ARGS="--records 500000".

DATABASE_URL names the PostgreSQL to fill, which `make bench` makes and throws away; it is emptied.
A missed target is reported and is no failure: times are not tests.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import ENVIRONMENT

DATABASES = ("postgres", "sqlite")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure speed and print ratios.")
    parser.add_argument("--records", type=int, default=5_000_000, help="how many records there are at most")
    parser.add_argument("--small", type=int, default=100_000, help="how many there are at first")
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    parser.add_argument("--file", type=Path, help="a file of load tickets to import (see docs/import.md)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many rows the largest file has")
    parser.add_argument("--only-api", action="store_true", help="the JSON API alone, at the small size")
    parser.add_argument("--only-pages", action="store_true", help="the pages used all day alone")
    parser.add_argument(
        "--only-gate", action="store_true", help="the gate alone, eight at a site for 10 minutes"
    )
    parser.add_argument("--profile", type=int, default=0, help="of pages: lines of a profile of each")
    parser.add_argument("--only-analysis", action="store_true", help="the analysis of a year alone")
    parser.add_argument("--only-backup", action="store_true", help="a backup and its restore alone")
    options = parser.parse_args()
    programs = [
        ["bench.imports", *([str(options.file)] if options.file else [])],
        ["bench.exports", "--rows", str(options.rows)],
        ["bench.program", "--records", str(options.records), "--small", str(options.small)],
        # Last, since the demo's sites do not go away again.
        ["bench.pages", "--profile", str(options.profile)],
        ["bench.gate", "--filled", "--seconds", "60"],
    ]
    if options.only_api:
        programs = [[*programs[2], "--only-api"]]
    if options.only_pages:
        programs = programs[3:4]
    if options.only_gate:
        programs = [["bench.gate", "--loads", str(options.rows)]]
    if options.only_analysis:
        programs = [["bench.analysis", "--records", str(options.records)]]
    if options.only_backup:
        programs = [["bench.backups", "--records", str(options.records)]]
    with tempfile.TemporaryDirectory() as folder:
        addresses = {
            "postgres": os.environ.get("DATABASE_URL", ""),
            "sqlite": f"sqlite:///{folder}/bench.sqlite3",
        }
        failed = sum(
            _measure(addresses[name], program)
            for name in options.database or DATABASES
            for program in programs
            if addresses[name]
        )
    return int(failed > 0)


def _measure(address: str, program: list[str]) -> int:
    environment = {**os.environ, **ENVIRONMENT, "DATABASE_URL": address}
    command = [sys.executable, "-m", *program]
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # our own program


if __name__ == "__main__":
    raise SystemExit(main())
