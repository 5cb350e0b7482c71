"""Bring the rows of a file in as records."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from imports import error_report
from imports.commit import keep_on_record, write
from imports.errors import ImportRefused
from imports.management.options import (
    DELIMITERS,
    add_options,
    creatable,
    pairs,
    person,
    value_changes,
)
from imports.mapping.column_mapping import Layout
from imports.readers.base import ReadOptions
from imports.validation.results import Checked, Plan
from imports.validation.validate import check
from records import registry
from records.choices import BatchStatus
from records.models import Batch


class Options(TypedDict):
    module: str
    file: Path
    by: str
    column: Sequence[str]
    set: Sequence[str]
    site: str
    site_column: str
    values: Path | None
    where: Sequence[str]
    date_format: str | None
    decimal_mark: str | None
    delimiter: str | None
    encoding: str
    sheet: str | None
    headings_line: int
    create_missing: str
    new_site: Sequence[str]
    new_material: Sequence[str]
    dry_run: bool
    skip_bad: bool
    report: Path | None


class Command(BaseCommand):
    help = "Bring the rows of a CSV or XLSX file in as records, all or nothing. See docs/import.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *_args: object, **options: Unpack[Options]) -> None:
        try:
            with _stops_told(), check(_plan(options)) as checked:
                try:
                    self._go(checked, dry_run=options["dry_run"])
                finally:
                    if options["report"]:
                        error_report.write_report(checked, options["report"])
        except ImportRefused as refused:
            hint = f" ({refused.option})" if refused.option else ""
            raise CommandError(refused.message + hint) from refused
        except KeyboardInterrupt as stopped:
            raise CommandError(_("Stopped. Nothing of the file was kept."), returncode=130) from stopped

    def _go(self, checked: Checked, *, dry_run: bool) -> None:
        self._say(_("Columns"), error_report.said_of_columns(checked))
        self._say(_("To be created"), error_report.said_of_missing(checked))
        self._say(_("Refused"), error_report.said_of_reasons(checked))
        self._say(_("Odd"), error_report.said_of_odd(checked))
        self._say(_("Rows"), error_report.said_of_rows(checked))
        self._say(_("Careful"), _unfinished(checked))
        if dry_run:
            self.stdout.write(_("This was a dry run: nothing was written."))
        elif not checked.may_be_written:
            raise ImportRefused(
                _(
                    "Nothing was written, since lines are refused. --report FILE lists them; --skip-bad "
                    "writes the others."
                )
            )
        else:
            self._write(checked)

    def _write(self, checked: Checked) -> None:
        batch = write(checked)
        if batch is None:
            self.stdout.write(_("There was nothing new to write."))
            return
        keep_on_record(checked, batch)
        self.stdout.write(
            self.style.SUCCESS(
                _(
                    "Batch %(batch)d: %(written)d records written. `manage.py undo_import %(batch)d "
                    "--by %(by)s` takes them back."
                )
                % {"batch": batch.pk, "written": batch.rows_written, "by": checked.plan.by.email}
            )
        )

    def _say(self, title: str, sentences: Iterable[str]) -> None:
        said = list(sentences)
        if said:
            self.stdout.write(f"{title}:")
            for sentence in said:
                self.stdout.write(f"  {sentence}")


def _plan(options: Options) -> Plan:
    marks = {"point": ".", "comma": ",", None: None}
    values = options["values"]
    return Plan(
        module=registry.module(options["module"]),
        path=options["file"],
        by=person(options["by"]),
        layout=Layout(
            columns=pairs("--column", options["column"]),
            constants=pairs("--set", options["set"]),
            site_code=options["site"],
            site_column=options["site_column"],
            value_changes=value_changes(values) if values else (),
            conditions=options["where"],
            date_format=options["date_format"],
            decimal_mark=marks[options["decimal_mark"]],
        ),
        reading=ReadOptions(
            delimiter=DELIMITERS[options["delimiter"]] if options["delimiter"] else None,
            encoding=options["encoding"],
            sheet=options["sheet"],
            headings_line=options["headings_line"],
        ),
        creating=creatable(options["create_missing"]),
        site_fields=pairs("--new-site", options["new_site"]),
        material_fields=pairs("--new-material", options["new_material"]),
        skip_bad=options["skip_bad"],
    )


def _unfinished(checked: Checked) -> Iterator[str]:
    """Yield the batches of the same file that were never finished, or are being written at this moment."""
    for batch in Batch.objects.filter(
        module=checked.plan.module.slug, file_hash=checked.file_hash, undone_at=None
    ).filter(status__in=(BatchStatus.RUNNING, BatchStatus.FAILED)):
        yield _(
            "Batch %(batch)d of the same file was interrupted, or runs at this moment: %(rows)d records of it"
            " are there and are not written again. `manage.py undo_import %(batch)d` takes them back."
        ) % {"batch": batch.pk, "rows": batch.rows_written}


@contextmanager
def _stops_told() -> Iterator[None]:
    """Let a polite kill take the import back, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
