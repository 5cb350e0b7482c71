"""Rendering HTML to a PDF file in a process that can be ended at any moment."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
from django.conf import settings

from exports.errors import PdfUnavailable
from exports.writers.pdf.fonts import what_to_install
from exports.writers.pdf.render_worker import NO_LIBRARIES, Order

PROGRAM = ("-m", "exports.writers.pdf.render_worker")
TICK_SECONDS = 0.1


class RenderError(Exception):
    """The program that makes PDF files failed; its output is the message."""


def render_html(order: Order, *, folder: Path, tick: Callable[[], None]) -> Path:
    """Make a PDF file in an empty folder and return it.

    `tick()` is called several times a second; an exception of it ends the work at once. Raises PdfUnavailable
    where libraries of the system are missing.
    """
    source, target, output = folder / "order.json", folder / "rendered.pdf", folder / "output"
    source.write_text(json.dumps(order), encoding="utf-8")
    with output.open("wb") as stream, _started(source, target, stream.fileno()) as program:
        try:
            while not _has_ended(program):
                tick()
        finally:
            program.kill()
    if program.returncode == NO_LIBRARIES:
        raise PdfUnavailable(what_to_install())
    if program.returncode:
        raise RenderError(output.read_text(encoding="utf-8")[-4000:])
    if order["is_tagged"]:
        _name_headings(target)
    return target


def _started(source: Path, target: Path, output: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, *PROGRAM, str(source), str(target)]
    return subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def _has_ended(program: "subprocess.Popen[bytes]") -> bool:
    try:
        program.wait(TICK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _name_headings(file: Path) -> None:
    """Give each heading of a table its scope, which PDF/UA requires and WeasyPrint leaves out."""
    with pikepdf.open(file, allow_overwriting_input=True) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/TH":
                item.A.Scope = pikepdf.Name.Column
        document.save(file)
