"""Find lines of templates that are longer than 120 characters: `make lint`."""

import subprocess
import sys
from pathlib import Path

MOST = 120


def main() -> int:
    command = ["git", "ls-files", "templates/*.html"]
    names = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603  # our own list
    failed = False
    for name in names.stdout.split():
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        long = [number for number, line in enumerate(lines, start=1) if len(line) > MOST]
        failed = failed or bool(long)
        sys.stdout.writelines(f"{name}:{number}: longer than {MOST} characters\n" for number in long)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
