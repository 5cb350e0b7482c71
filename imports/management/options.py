"""The options of `import_records` and their values."""

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.column_mapping import ValueReplacement
from imports.models import Creatable
from records import registry
from sites.models import User

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
        help="materials, sites or both with a comma: create those that the file names.",
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
