"""Having documents made into PDF files, several at once, by programs of their own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
from django.conf import settings
from django.utils.translation import gettext as _

from exports.errors import PdfUnavailable
from exports.writers.pdf.protocol import NO_LIBRARIES, Order

PRESS = ("-m", "exports.writers.pdf.render_worker")
# Each takes a core and some 90 MB.
MOST_AT_ONCE = 2
LOOK_EVERY = 0.1  # seconds

type Tick = Callable[[int], None]


class PressError(Exception):
    """The program that makes PDF files failed; what it said is the message."""


def printed(orders: Sequence[Order], *, folder: Path, tick: Tick) -> list[Path]:
    """Make the documents in an empty folder and return their files, in the same order.

    `tick(files)` is told several times a second how many are made; whatever it raises ends the work at once.
    Raises PdfUnavailable where this machine cannot make PDF files.
    """
    places = [folder / f"{number:06}.json" for number in range(len(orders))]
    for place, order in zip(places, orders, strict=True):
        place.write_text(json.dumps(order), encoding="utf-8")
    files = [place.with_suffix(".pdf") for place in places]
    at_once = min(MOST_AT_ONCE, len(orders))
    said = folder / "said"
    with said.open("w", encoding="utf-8") as voice:
        running = [_start(folder, number, at_once, voice.fileno()) for number in range(at_once)]
        try:
            while any(program.poll() is None for program in running):
                tick(sum(file.exists() for file in files))
                time.sleep(LOOK_EVERY)
        finally:
            for program in running:
                program.kill()
                program.wait()
    for program in running:
        _require_success(program.returncode, said)
    return files


def _start(folder: Path, number: int, of: int, voice: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, *PRESS, str(folder), str(number), str(of)]
    return subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=voice, stderr=voice
    )


def _require_success(code: int, said: Path) -> None:
    if code == NO_LIBRARIES:
        raise PdfUnavailable(_what_to_install())
    if code:
        raise PressError(said.read_text(encoding="utf-8")[-4000:])


def require_font(file: Path) -> None:
    """Raise PdfUnavailable where a file has no letters, since the machine has no font to set them in."""
    with pikepdf.open(file) as made:
        if not made.pages[0].resources.get("/Font"):
            raise PdfUnavailable(_what_to_install())


def _what_to_install() -> str:
    return _(
        "This machine cannot make PDF files; Excel and CSV files can be made. Its administrator has to"
        " install Pango and a font, on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        " libharfbuzz-subset0 fonts-dejavu-core."
    )
