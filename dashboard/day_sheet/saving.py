"""A line of the sheet saved, changed or taken out, through the one way in."""

import datetime as dt
import json

from django.http import Http404, HttpRequest
from django.template.loader import render_to_string

from dashboard.day_sheet.grid import Grid
from dashboard.day_sheet.rejected import RefusedLine, told_by_field, versions_of
from dashboard.day_sheet.stock import stock_lines
from records import operations
from records.choices import Source
from records.errors import Refused
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Outcome
from records.operations.bulk_cleaning import RowCleaner
from sites.models import Site, User

LONGEST_KEY = 200
# A pasted block is a day's lines, not a file.
MOST_PASTED = 500


class LineOfDay[R: DailyRecord]:
    """A line as a request sends it: of which module and day, which record, and what was typed."""

    def __init__(
        self,
        request: HttpRequest,
        module: RecordModule[R],
        *,
        site: Site,
        date: dt.date,
        record_id: int | None,
    ) -> None:
        assert isinstance(request.user, User)
        self.module = module
        self.site = site
        self.date = date
        self.record_id = record_id
        self.by = request.user
        self.key = request.POST.get("submission_key", "").replace("\0", "")[:LONGEST_KEY]
        # Which warnings the person has seen and confirmed.
        self.confirmed = request.POST.get("confirmed", "")
        version = request.POST.get("version", "")
        self.version = int(version) if version.isdecimal() and len(version) < LONGEST_KEY else 0
        self.values = {
            name: request.POST[name]
            for name in module.form.base_fields
            if name in request.POST and name != "date"
        } | {"date": date.isoformat()}

    def save(self) -> Outcome[R]:
        """Enter the record, or correct the one that is named.

        Raises Http404 for a record of another site, Refused as `operations.create` and `update` do, and
        PermissionDenied.
        """
        if self.record_id is None:
            return self._create()
        return self._update(self._found(self.record_id))

    def delete(self) -> Outcome[R]:
        """Delete the record. Raises as `save` does."""
        assert self.record_id is not None
        return self._delete(self._found(self.record_id))

    def refused(self, refusal: Refused) -> RefusedLine:
        """Return what was sent and why it was not saved."""
        return RefusedLine(
            slug=self.module.slug,
            record_id=self.record_id,
            key=self.key,
            values={name: value for name, value in self.values.items() if name != "date"},
            refusal=refusal,
            versions=versions_of(self.module, refusal, self.values, self.site),
        )

    def _create(self) -> Outcome[R]:
        return operations.create(
            module=self.module,
            values=self.values,
            site=self.site,
            by=self.by,
            source=Source.PAGE,
            key=self.key,
            confirmed=self.confirmed,
        )

    def _update(self, record_id: int) -> Outcome[R]:
        return operations.update(
            module=self.module,
            record_id=record_id,
            values=self.values,
            by=self.by,
            source=Source.PAGE,
            version=self.version,
            key=self.key,
            confirmed=self.confirmed,
        )

    def _delete(self, record_id: int) -> Outcome[R]:
        return operations.delete(
            module=self.module,
            record_id=record_id,
            by=self.by,
            source=Source.PAGE,
            version=self.version,
            confirmed=self.confirmed,
        )

    def _found(self, record_id: int) -> int:
        """Return the id of a record that is of this site. Raises Http404 for any other."""
        if not self.module.model._default_manager.filter(pk=record_id, site=self.site).exists():
            raise Http404
        return record_id


def told_as_saved[R: DailyRecord](line: LineOfDay[R], outcome: Outcome[R]) -> dict[str, object]:
    """Return what a script needs to show a saved line, and the figures that moved with it."""
    grid = Grid(line.module, site=line.site, date=line.date, takes_entries=True)
    record = next((known for known in grid.records if known.pk == outcome.record.pk), None)
    told: dict[str, object] = {
        "state": "saved",
        "id": outcome.record.pk,
        "version": outcome.record.version,
        "parts": moved_figures(grid),
    }
    if record is None:
        # Saved once, and taken out or moved since: what is asked again is told what it was told first.
        return {**told, "state": "gone"}
    return {
        **told,
        "version": record.version,
        "at": grid.said_at(record),
        "values": grid.values_of(record),
        "estimates": grid.estimates_of(record),
        "derived": grid.derived_of(record),
    }


def told_as_deleted[R: DailyRecord](line: LineOfDay[R]) -> dict[str, object]:
    """Return what a script needs to take a line away, and the figures that moved with it."""
    grid = Grid(line.module, site=line.site, date=line.date, takes_entries=True)
    return {"state": "deleted", "parts": moved_figures(grid)}


def told_as_refused(line: LineOfDay[DailyRecord], refused: RefusedLine) -> dict[str, object]:
    """Return what a script needs to say why a line was not saved."""
    told: dict[str, object] = {
        "state": refused.state,
        "told": refused.told,
        "wrong": sorted(refused.errors),
        "confirmed": refused.confirmation,
    }
    current = refused.current
    if current is not None:
        grid = Grid(line.module, site=line.site, date=line.date, takes_entries=True)
        told |= {
            "who": str(current.updated_by),
            "version": current.version,
            "values": grid.values_of(current),
            "versions": [[str(one.label), one.before, one.after] for one in refused.versions],
        }
    return told


def told_of_pasted(line: LineOfDay[DailyRecord], text: str) -> list[dict[str, object]]:
    """Return what is wrong with each of some lines, sent as JSON; an empty list for what is none.

    Asks the database about the choices once, whatever the number of lines.
    """
    try:
        pasted = json.loads(text)
    except ValueError:
        return []
    if not isinstance(pasted, list):
        return []
    cleaner = RowCleaner(line.module.form, site=line.site)
    told: list[dict[str, object]] = []
    for values in pasted[:MOST_PASTED]:
        sent = values if isinstance(values, dict) else {}
        typed = {str(name): str(value) for name, value in sent.items()}
        cleaned = cleaner.clean({**typed, "date": line.date.isoformat()})
        told.append(
            {"wrong": sorted(cleaned), "told": told_by_field(cleaner.labels, cleaned)}
            if isinstance(cleaned, dict)
            else {"wrong": [], "told": []}
        )
    return told


def moved_figures[R: DailyRecord](grid: Grid[R]) -> dict[str, str]:
    """Return the parts of the page that a saved line changes, by the ids of their elements."""
    stock = stock_lines(grid.site, date=grid.date)
    return {
        f"totals-{grid.slug}": render_to_string("dashboard/day_sheet/_totals.html", {"grid": grid}),
        "stock-of-day": render_to_string("dashboard/day_sheet/_stock.html", {"stock": stock}),
    }
