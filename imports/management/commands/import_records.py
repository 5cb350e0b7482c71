"""Import the rows of a file as records."""

import csv
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
from imports.errors import ImportRefused
from imports.mapping.column_mapping import Layout, ValueReplacement
from imports.models import Creatable
from imports.readers.base import ReadOptions
from imports.validation.preview import (
    column_sentences,
    count_sentences,
    creation_sentences,
    rejection_sentences,
    warning_sentences,
    write_report,
)
from imports.validation.results import Plan, ValidatedFile
from imports.validation.validate import validate
from records import registry
from records.choices import BatchStatus
from records.models import Batch
from sites.models import User

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
    ticket_dates: str
    unknown_parties: str
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
            ticket_dates=options["ticket_dates"],
            unknown_parties=options["unknown_parties"],
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


DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def add_options(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "module", choices=[module.slug for module in registry.modules()], help="The kind of records."
    )
    parser.add_argument("file", type=Path, help="A CSV file or a workbook.")
    parser.add_argument(
        "--by", required=True, metavar="EMAIL", help="The user who imports; their sites and role apply."
    )
    _add_layout(parser)
    _add_read_options(parser)
    _add_creating(parser)
    act = parser.add_argument_group("what to do")
    act.add_argument("--dry-run", action="store_true", help="Check everything, write nothing.")
    act.add_argument(
        "--skip-bad", action="store_true", help="Write the valid rows although others are rejected."
    )
    act.add_argument(
        "--report", type=Path, metavar="FILE", help="Write every rejected row and warning to this CSV file."
    )


def _add_layout(parser: ArgumentParser) -> None:
    layout = parser.add_argument_group("what the columns are")
    layout.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=FORMULA",
        help="A field's column, or arithmetic on columns with a unit: --column 'qty_ton=load_weight lb', "
        "'qty_ton=([gross kg] - [tare kg]) kg'. Without it, columns are chosen by their headings; "
        "an empty formula leaves the field out.",
    )
    layout.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="The same value in every record."
    )
    site = layout.add_mutually_exclusive_group(required=True)
    site.add_argument("--site", default="", metavar="CODE", help="The site of every row.")
    site.add_argument("--site-column", default="", metavar="HEADING", help="The column that names the site.")
    layout.add_argument(
        "--values",
        type=Path,
        metavar="FILE",
        help="A CSV file with the headings column,from,to: values to replace.",
    )
    layout.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="CONDITION",
        help="Only rows that meet this condition: 'load_type=TIRES|LITTER', 'net>0', 'day>=2021-02-01'. "
        "May be given again; rows must meet all.",
    )
    layout.add_argument(
        "--date-format",
        metavar="FORMAT",
        help="For dates not written as 2021-02-27: dmy, mdy, ymd or a pattern such as %%d.%%m.%%Y.",
    )
    layout.add_argument(
        "--stored-dates",
        choices=["keep", "swap"],
        default="",
        help="Where other dates are texts: whether the stored dates are right, or day and month are swapped.",
    )
    layout.add_argument(
        "--times",
        choices=["ignore", "keep"],
        default="",
        help="Where all times of the dates are 00:00: whether they are days, or moments.",
    )
    layout.add_argument(
        "--ticket-dates",
        choices=["calendar", "operating"],
        default="",
        help="Of a date with a time before the day of the site begins: which day the date is.",
    )
    layout.add_argument(
        "--unknown-parties",
        choices=["text"],
        default="",
        help="Keep names of parties, vehicles and containers that are unknown as texts.",
    )
    layout.add_argument(
        "--decimal-mark", choices=["point", "comma"], help="For numbers such as 1,234 that could be two."
    )


def _add_read_options(parser: ArgumentParser) -> None:
    reading = parser.add_argument_group("how the file is read")
    reading.add_argument("--delimiter", choices=DELIMITERS, help="Of a CSV file.")
    reading.add_argument("--encoding", default="utf-8-sig", help="Of a CSV file; UTF-8 if not given.")
    reading.add_argument(
        "--sheet",
        action="append",
        default=[],
        metavar="NAME",
        help="Of a workbook that has several. May be given again for others with the same headings.",
    )
    for mark in ("hidden", "struck"):
        reading.add_argument(
            f"--{mark}-rows", choices=["keep", "skip"], default="", help=f"Whether {mark} rows are imported."
        )
    reading.add_argument(
        "--headings-line", type=int, default=1, metavar="N", help="The line of the headings."
    )


def _add_creating(parser: ArgumentParser) -> None:
    creating = parser.add_argument_group("new sites and materials (admins only)")
    creating.add_argument(
        "--create-missing",
        default="",
        metavar="WHAT",
        help="materials, sites, parties (with vehicles), with commas: create those that the file names.",
    )
    creating.add_argument(
        "--new-site", action="append", default=[], metavar="FIELD=VALUE", help="timezone=America/Chicago"
    )
    creating.add_argument(
        "--new-material", action="append", default=[], metavar="FIELD=VALUE", help="category=residue"
    )


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return NAME=VALUE options as a mapping. Raises CommandError."""
    named: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise CommandError(
                _("%(option)s is written NAME=VALUE, not “%(text)s”.") % {"option": option, "text": text}
            )
        if name in named:
            raise CommandError(_("%(option)s has %(name)s twice.") % {"option": option, "name": name})
        named[name] = value.strip()
    return named


def creatable(text: str) -> frozenset[Creatable]:
    """Return the values of --create-missing. Raises CommandError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = sorted(set(names) - set(Creatable))
    if unknown:
        raise CommandError(
            _("--create-missing accepts %(known)s, not “%(name)s”.")
            % {"known": ", ".join(Creatable), "name": unknown[0]}
        )
    return frozenset(Creatable(name) for name in names)


def user_with(email: str) -> User:
    """Return the user with an e-mail address. Raises CommandError."""
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None:
        raise CommandError(_("There is no active user with the e-mail address %(email)s.") % {"email": email})
    return found


def replacements(path: Path) -> list[ValueReplacement]:
    """Read the file of --values. Raises ImportRefused."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file, strict=True)
            if not {"column", "from", "to"} <= set(lines.fieldnames or ()):
                raise ImportRefused(_("%(file)s needs the headings column,from,to.") % {"file": path.name})
            return [
                ValueReplacement(line["column"] or "", line["from"] or "", (line["to"] or "").strip())
                for line in lines
            ]
    except (OSError, UnicodeError, csv.Error) as error:
        raise ImportRefused(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path.name, "reason": error}
        ) from error
