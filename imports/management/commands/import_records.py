"""Import the rows of a file as records."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.commit import commit, record_command_import
from imports.error_report import (
    column_sentences,
    count_sentences,
    creation_sentences,
    rejection_sentences,
    warning_sentences,
    write_report,
)
from imports.errors import ImportRefused
from imports.management.options import (
    DELIMITERS,
    add_options,
    creatable,
    pairs,
    replacements,
    user_with,
)
from imports.mapping.column_mapping import Layout
from imports.readers.base import ReadOptions
from imports.validation.results import Plan, ValidatedFile
from imports.validation.validate import validate
from records import registry
from records.choices import BatchStatus
from records.models import Batch

# The exit status where some rows are records and others were rejected.
PARTLY_WRITTEN = 3


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
    sheet: Sequence[str]
    hidden_rows: str
    struck_rows: str
    stored_dates: str
    times: str
    headings_line: int
    create_missing: str
    new_site: Sequence[str]
    new_material: Sequence[str]
    dry_run: bool
    skip_bad: bool
    report: Path | None


class Command(BaseCommand):
    help = "Import the rows of a CSV file or workbook as records, all or nothing. See docs/import.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *_args: object, **options: Unpack[Options]) -> None:
        try:
            with _interrupt_on_sigterm(), validate(_plan(options)) as validated:
                try:
                    self._run(validated, dry_run=options["dry_run"])
                finally:
                    if options["report"]:
                        write_report(validated, options["report"])
        except ImportRefused as refused:
            hint = f" ({refused.option})" if refused.option else ""
            raise CommandError(refused.message + hint) from refused
        except KeyboardInterrupt as stopped:
            raise CommandError(_("Stopped. Nothing was imported."), returncode=130) from stopped

    def _run(self, validated: ValidatedFile, *, dry_run: bool) -> None:
        self._print(_("Columns"), column_sentences(validated))
        self._print(_("To be created"), creation_sentences(validated))
        self._print(_("Left out"), validated.notices)
        self._print(_("Rejected"), rejection_sentences(validated))
        self._print(_("Warnings"), warning_sentences(validated))
        self._print(_("Rows"), count_sentences(validated))
        self._print(_("Interrupted imports"), _unfinished(validated))
        if dry_run:
            self.stdout.write(_("This was a dry run: nothing was written."))
        elif not validated.is_committable:
            raise ImportRefused(
                _(
                    "Nothing was written, because rows are rejected. --report FILE lists them; --skip-bad "
                    "writes the others."
                )
            )
        else:
            self._write(validated)

    def _write(self, validated: ValidatedFile) -> None:
        rejected_before = validated.rows_rejected
        batch = commit(validated)
        written = batch.rows_written if batch is not None else 0
        if validated.rows_rejected > rejected_before:
            self._print(_("Rejected, with those that could not be written"), rejection_sentences(validated))
            self._print(_("Rows"), count_sentences(validated, written=written))
        if batch is not None:
            record_command_import(validated, batch)
            self.stdout.write(
                self.style.SUCCESS(
                    _(
                        "Batch %(batch)d: %(written)d records written. `manage.py undo_import %(batch)d "
                        "--by %(by)s` undoes it."
                    )
                    % {"batch": batch.pk, "written": batch.rows_written, "by": validated.plan.by.email}
                )
            )
        elif not validated.rows_rejected:
            self.stdout.write(_("There was nothing new to write."))
        _require_no_rejected(validated, is_anything_imported=bool(written or validated.rows_known))

    def _print(self, title: str, sentences: Iterable[str]) -> None:
        lines = [f"  {sentence}" for sentence in sentences]
        if lines:
            self.stdout.write("\n".join([f"{title}:", *lines]))


def _require_no_rejected(validated: ValidatedFile, *, is_anything_imported: bool) -> None:
    """Raise CommandError, whose status says whether other rows are records, where a row is rejected."""
    count = validated.rows_rejected
    if count:
        sentence = ngettext("%(count)d row was not written.", "%(count)d rows were not written.", count)
        status = PARTLY_WRITTEN if is_anything_imported else 1
        raise CommandError(sentence % {"count": count}, returncode=status)


def _plan(options: Options) -> Plan:
    marks = {"point": ".", "comma": ",", None: None}
    values = options["values"]
    return Plan(
        module=registry.module(options["module"]),
        path=options["file"],
        by=user_with(options["by"]),
        layout=Layout(
            columns=pairs("--column", options["column"]),
            constants=pairs("--set", options["set"]),
            site_code=options["site"],
            site_column=options["site_column"],
            replacements=replacements(values) if values else (),
            row_filters=options["where"],
            date_format=options["date_format"],
            decimal_mark=marks[options["decimal_mark"]],
            stored_dates=options["stored_dates"],
            times=options["times"],
            hidden_rows=options["hidden_rows"],
            struck_rows=options["struck_rows"],
        ),
        read_options=ReadOptions(
            delimiter=DELIMITERS[options["delimiter"]] if options["delimiter"] else None,
            encoding=options["encoding"],
            sheets=tuple(options["sheet"]),
            headings_line=options["headings_line"],
        ),
        creating=creatable(options["create_missing"]),
        site_fields=pairs("--new-site", options["new_site"]),
        material_fields=pairs("--new-material", options["new_material"]),
        skip_rejected=options["skip_bad"],
    )


def _unfinished(validated: ValidatedFile) -> Iterator[str]:
    """Yield the batches of the same file that were interrupted, or are in progress."""
    for batch in Batch.objects.filter(
        module=validated.plan.module.slug, file_hash=validated.file_hash, undone_at=None
    ).filter(status__in=(BatchStatus.RUNNING, BatchStatus.FAILED)):
        yield _(
            "Batch %(batch)d of the same file was interrupted, or is in progress: %(rows)d of its records"
            " exist and are not written again. `manage.py undo_import %(batch)d` undoes it."
        ) % {"batch": batch.pk, "rows": batch.rows_written}


@contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Let SIGTERM undo the import, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
