"""Small files of every kind that sites have, each with the right outcome; nothing of them is committed.

    python -m tests.imports.files.corpus FOLDER

writes them into a folder, to be tried by hand. `test_corpus.py` brings each of them through the pages.
"""

import csv
import sys
from pathlib import Path

from tests.imports.files import dates, layouts, numbers_and_units, unusual

FILES = [*numbers_and_units.FILES, *layouts.FILES, *dates.FILES, *unusual.FILES]


def write_files(folder: Path) -> None:
    """Write all files into a folder, and a table of their outcomes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [["file", "asked", "answers", "tons", "rejected or refused"]]
    for file in FILES:
        (folder / file.name).write_bytes(file.content)
        lines.append(
            [file.name, file.asks, str(dict(file.answers)), " ".join(file.tons), file.refused or file.says]
        )
    with (folder / "outcomes.csv").open("w", encoding="utf-8", newline="") as outcomes:
        csv.writer(outcomes).writerows(lines)


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
