"""Save, change and delete rows of the sheet through `records.operations`, and the JSON responses."""

import datetime as dt
import json

from django.http import Http404, HttpRequest
from django.template.loader import render_to_string

from core.numbers import whole_number
from dashboard.day_sheet.grid import Grid
from dashboard.day_sheet.rejected import RejectedRow, labelled_errors, versions_of
from inventory.models import InventorySnapshot
from records import operations
from records.choices import Source
from records.errors import Refused
from records.forms import RowCleaner
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Outcome
from sites.models import Site, User

MAX_KEY_LENGTH = 200
# A pasted block holds the rows of a day, not of a file.
MAX_PASTED = 500


class SubmittedRow[R: DailyRecord]:
    """A row as a request sends it: its module, day and record, and what was typed."""

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
        self.key = request.POST.get("submission_key", "").replace("\0", "")[:MAX_KEY_LENGTH]
        # The warnings that the person has confirmed.
        self.confirmed = request.POST.get("confirmed", "")
        self.version = whole_number(request.POST.get("version")) or 0
        self.values = {
            name: request.POST[name]
            for name in module.form.base_fields
            if name in request.POST and name != "date"
        } | {"date": date.isoformat()}

    def save(self) -> Outcome[R]:
        """Create the record, or update the one with `record_id`.

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

    def rejected(self, error: Refused) -> RejectedRow:
        """Return what was sent and why it was not saved."""
        return RejectedRow(
            slug=self.module.slug,
            record_id=self.record_id,
            key=self.key,
            values={name: value for name, value in self.values.items() if name != "date"},
            error=error,
            versions=versions_of(self.module, error, self.values, self.site),
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


def saved_response[R: DailyRecord](row: SubmittedRow[R], outcome: Outcome[R]) -> dict[str, object]:
    """Return what a script needs to show a saved row, with the totals and stock that changed."""
    grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
    record = next((known for known in grid.records if known.pk == outcome.record.pk), None)
    response: dict[str, object] = {
        "state": "saved",
        "id": outcome.record.pk,
        "version": outcome.record.version,
        "parts": changed_parts(grid),
    }
    if record is None:
        # A repeated request for a record that was deleted or moved since.
        return {**response, "state": "gone"}
    return {
        **response,
        "version": record.version,
        "at": grid.saved_at(record),
        "values": grid.values_of(record),
        "estimates": grid.estimates_of(record),
        "derived": grid.derived_of(record),
    }


def deleted_response[R: DailyRecord](row: SubmittedRow[R]) -> dict[str, object]:
    """Return what a script needs to remove a row, with the totals and stock that changed."""
    grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
    return {"state": "deleted", "parts": changed_parts(grid)}


def rejected_response(row: SubmittedRow[DailyRecord], rejected: RejectedRow) -> dict[str, object]:
    """Return what a script needs to show why a row was not saved."""
    response: dict[str, object] = {
        "state": rejected.state,
        "messages": rejected.messages,
        "invalid": sorted(rejected.errors),
        "confirmation": rejected.confirmation,
    }
    current = rejected.current
    if current is not None:
        grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
        response |= {
            "changed_by": str(current.updated_by),
            "version": current.version,
            "values": grid.values_of(current),
            "versions": [[str(change.label), change.before, change.after] for change in rejected.versions],
        }
    return response


def pasted_errors(row: SubmittedRow[DailyRecord], text: str) -> list[dict[str, object]]:
    """Return the errors of each of some rows, sent as JSON; an empty list for invalid JSON.

    Reads the choices from the database once, whatever the number of rows.
    """
    try:
        pasted = json.loads(text)
    except ValueError:
        return []
    if not isinstance(pasted, list):
        return []
    cleaner = RowCleaner(row.module.form, site=row.site)
    errors: list[dict[str, object]] = []
    for values in pasted[:MAX_PASTED]:
        sent = values if isinstance(values, dict) else {}
        typed = {str(name): str(value) for name, value in sent.items()}
        cleaned = cleaner.clean({**typed, "date": row.date.isoformat()})
        errors.append(
            {"invalid": sorted(cleaned), "messages": labelled_errors(cleaner.labels, cleaned)}
            if isinstance(cleaned, dict)
            else {"invalid": [], "messages": []}
        )
    return errors


def changed_parts[R: DailyRecord](grid: Grid[R]) -> dict[str, str]:
    """Return the parts of the page that a saved row changes, by the ids of their elements."""
    stock = InventorySnapshot.objects.on_day(grid.site, date=grid.date)
    return {
        f"totals-{grid.slug}": render_to_string("dashboard/day_sheet/_totals.html", {"grid": grid}),
        "stock-of-day": render_to_string("dashboard/day_sheet/_stock.html", {"stock": stock}),
    }
