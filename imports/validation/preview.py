"""What was found in a file, as its page shows it: plain texts and figures that are kept with it."""

import datetime as dt
from collections.abc import Iterable
from itertools import islice

from django.db.models import ForeignKey, Model
from django.utils.formats import date_format

from imports.models import Problem, Upload
from imports.validation.results import Checked
from imports.validation.validate import summed_fields
from records.forms import CodedChoiceField
from records.models import DailyRecord
from records.module import Column, Kind, RecordModule
from records.pages.table import shown
from sites.models import Site

# So many problems are kept to be mended by hand; the report has them all.
MOST_PROBLEMS = 2_000
# So much of what is odd is shown; the report has all of it, and each record keeps its own.
MOST_ODD = 200
MOST_VALUES, MOST_REASONS = 40, 15


def findings_of(checked: Checked) -> dict[str, object]:
    """Return what the page says about a file that was checked."""
    outlook, module = checked.outlook, checked.plan.module
    columns = {column.name: column for column in module.sheet_columns}
    return {
        "columns": [[str(columns[name].label), source] for name, source in checked.columns.items()],
        "headings": list(checked.headings),
        "places": {name: list(places) for name, places in checked.places.items()},
        "first": _day(outlook.first),
        "last": _day(outlook.last),
        "sums": [
            [str(columns[name].label), shown(columns[name], outlook.sums[name]), str(columns[name].unit)]
            for name in summed_fields(module)
            if name in outlook.sums
        ],
        "sites": _site_names(checked),
        "shown": [
            [_shown(column, record, checked) for column in module.sheet_columns] for record in outlook.shown
        ],
        "odd": checked.spool.odd_lines,
        "old": str(checked.old),
        "new_sites": [
            [checked.missing.sites[-key - 1].code, checked.missing.sites[-key - 1].name]
            for key in sorted(checked.new_sites, reverse=True)
        ],
        "new_materials": [
            [checked.missing.materials[-key - 1].code, checked.missing.materials[-key - 1].name]
            for key in sorted(checked.new_materials, reverse=True)
        ],
        "reasons": [
            {"heading": each.heading, "reason": each.reason, "lines": each.lines, "line": each.first_line}
            for each in checked.reasons()[:MOST_REASONS]
        ],
        "values": [
            {"field": each.field, "heading": each.heading, "value": each.value, "lines": each.lines}
            for each in checked.spool.refused_values(named_fields(module), MOST_VALUES)
        ],
    }


def named_fields(module: RecordModule[DailyRecord]) -> list[str]:
    """Return the fields of a module that name master data, or a choice, or the site."""
    coded = [
        column.name
        for column in module.sheet_columns
        if column.kind is Kind.CHOICE or isinstance(module.form.base_fields[column.name], CodedChoiceField)
    ]
    return ["site", *coded]


def problems_of(upload: Upload, checked: Checked) -> Iterable[Problem]:
    """Yield the first problems of a file, to be kept."""
    for cell in islice(checked.refusals(), MOST_PROBLEMS):
        yield Problem(
            upload=upload,
            line=cell.line,
            field=cell.field,
            heading=cell.heading,
            cells=list(cell.cells),
            reason=cell.reason,
            whole=cell.whole,
        )


def oddities_of(upload: Upload, checked: Checked) -> Iterable[Problem]:
    """Yield the first things that are odd about lines of a file, to be kept."""
    for odd in checked.spool.odd(MOST_ODD):
        yield Problem(
            upload=upload, line=odd.line, reason=odd.sentence, cells=list(odd.cells), is_warning=True
        )


def _site_names(checked: Checked) -> list[str]:
    known = Site.objects.filter(pk__in=[key for key in checked.outlook.site_ids if key > 0]).order_by("code")
    return [site.code for site in known]


def _shown(column: Column, record: DailyRecord, checked: Checked) -> str:
    stored = record._meta.get_field(column.name)
    key: int | None = getattr(record, stored.attname) if isinstance(stored, ForeignKey) else None
    if key is not None and key < 0:
        # It is not there yet: the import would create it.
        return str(checked.missing.materials[-key - 1])
    value = column.value_of(record)
    return str(value) if isinstance(value, Model) else shown(column, value)


def _day(date: dt.date | None) -> str:
    return date_format(date, "j M Y") if date is not None else ""
