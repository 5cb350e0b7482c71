"""Save, change and delete rows of the sheet through `records.operations`, and the JSON responses."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.loader import render_to_string

from core.numbers import whole_number
from dashboard.day_sheet.grid import Grid
from dashboard.day_sheet.rejected import RejectedRow, labelled_errors, readings_in, versions_of
from dashboard.day_sheet.sheet import stock_rows
from records import operations
from records.choices import Source
from records.errors import DayClosed, NotVisible, Refused
from records.forms import RowCleaner
from records.models import DailyRecord, SiteDay
from records.module import RecordModule
from records.operations import Act, Outcome
from records.pages.responses import NO_ACCESS
from sites.models import Site, User

MAX_KEY_LENGTH = 200
# A pasted block holds the rows of a day, not of a file.
MAX_PASTED = 500
# So many rows are saved by one request.
MAX_TOGETHER = 40


class SubmittedRow[R: DailyRecord]:
    """A row as a request sends it: its module, day and record, and what was typed."""

    def __init__(
        self,
        sent: Mapping[str, str],
        module: RecordModule[R],
        *,
        site: Site,
        date: dt.date,
        by: User,
        record_id: int | None = None,
    ) -> None:
        self.module = module
        self.site = site
        self.date = date
        self.record_id = record_id
        self.by = by
        self.key = sent.get("submission_key", "").replace("\0", "")[:MAX_KEY_LENGTH]
        # The warnings that the person has confirmed.
        self.confirmed = sent.get("confirmed", "")
        self.version = whole_number(sent.get("version")) or 0
        self.values = {
            name: sent[name] for name in module.form.base_fields if name in sent and name != "date"
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


def saved_response[R: DailyRecord](
    row: SubmittedRow[R], outcome: Outcome[R], grid: Grid[R] | None = None
) -> dict[str, object]:
    """Return what a script needs to show a saved row, with the totals and stock that changed.

    A response about several rows has one grid for all of them, and leaves the totals to its end.
    """
    parts = {}
    if grid is None:
        grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
        parts = changed_parts(grid)
    record = grid.records_with([outcome.record.pk]).get(outcome.record.pk)
    response: dict[str, object] = {
        "state": "saved",
        "id": outcome.record.pk,
        "version": outcome.record.version,
        "parts": parts,
        "did": "created" if row.record_id is None else "changed",
        # A correction that changes nothing is no act.
        "acts": [] if outcome.record.version == row.version else _acts(outcome.record),
    }
    if record is None:
        # A repeated request for a record that was deleted or moved since.
        return {**response, "state": "gone"}
    return {**response, **shown_record(grid, record)}


def shown_record[R: DailyRecord](grid: Grid[R], record: R) -> dict[str, object]:
    """Return how a row shows a record as it is saved now."""
    return {
        "id": record.pk,
        "version": record.version,
        "at": grid.saved_at(record),
        "values": grid.values_of(record),
        "estimates": grid.estimates_of(record),
        "derived": grid.derived_of(record),
    }


def _acts(*records: DailyRecord) -> list[str]:
    """Return what undoes a change of these records, as a script sends it back."""
    return [str(act) for act in Act.all_of(records)]


def deleted_response[R: DailyRecord](row: SubmittedRow[R], outcome: Outcome[R]) -> dict[str, object]:
    """Return what a script needs to remove a row, with the totals and stock that changed."""
    grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
    return {
        "state": "deleted",
        "parts": changed_parts(grid),
        "did": "deleted",
        "acts": _acts(outcome.record),
    }


def rejected_response[R: DailyRecord](row: SubmittedRow[R], rejected: RejectedRow) -> dict[str, object]:
    """Return what a script needs to show why a row was not saved."""
    response: dict[str, object] = {
        "state": rejected.state,
        "messages": rejected.messages,
        "invalid": sorted(rejected.errors),
        "readings": rejected.readings,
        "confirmation": rejected.confirmation,
    }
    current = rejected.current
    if current is not None:
        assert isinstance(current, row.module.model)
        grid = Grid(row.module, site=row.site, date=row.date, takes_entries=True)
        response |= {
            "changed_by": str(current.updated_by),
            "version": current.version,
            "values": grid.values_of(current),
            "versions": [[str(change.label), change.before, change.after] for change in rejected.versions],
        }
    return response


def sent_rows(text: str, *, most: int) -> list[dict[str, str]]:
    """Return rows that were sent as JSON; an empty list for invalid JSON."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(rows, list):
        return []
    return [
        {str(name): _storable(str(value)) for name, value in row.items()} if isinstance(row, dict) else {}
        for row in rows[:most]
    ]


def _storable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which JSON can write and no database stores."""
    return text.encode("utf-8", "replace").decode()


def save_rows[R: DailyRecord](
    rows: Sequence[SubmittedRow[R]],
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Create each of some rows of a day, and return the response about each and the parts that changed.

    Each row is saved or rejected by itself, as if it were sent alone.
    """
    if not rows:
        return [], {}
    grid = Grid(rows[0].module, site=rows[0].site, date=rows[0].date, takes_entries=True)
    responses = []
    for row in rows:
        try:
            responses.append(saved_response(row, row.save(), grid))
        except Refused as error:
            responses.append(rejected_response(row, row.rejected(error)))
        except (NotVisible, PermissionDenied) as error:
            # The role ended between two rows: those before are saved, and their responses are not lost.
            responses.append({"state": "forbidden", "messages": [str(error) or str(NO_ACCESS)]})
    return responses, changed_parts(grid)


def pasted_errors[R: DailyRecord](
    module: RecordModule[R], *, site: Site, date: dt.date, rows: Sequence[Mapping[str, str]]
) -> list[dict[str, object]]:
    """Return the errors of each of some pasted rows, each with its own date if it has another one.

    Reads the choices from the database once, whatever the number of rows.
    """
    cleaner = RowCleaner(module.form, site=site)
    cleaned = [cleaner.clean({"date": date.isoformat(), **row}) for row in rows]
    dates = {record.date for record in cleaned if isinstance(record, DailyRecord)}
    days = SiteDay.objects.closed().filter(site=site, date__in=dates)
    closed = {day.date: DayClosed(day.date, day.get_status_display()).message for day in days}
    return [
        {"invalid": [], "messages": [], "closed": closed.get(found.date, "")}
        if isinstance(found, DailyRecord)
        else {
            "invalid": sorted(found),
            "messages": labelled_errors(cleaner.labels, found),
            "readings": readings_in(found),
            "closed": "",
        }
        for found in cleaned
    ]


def changed_parts[R: DailyRecord](grid: Grid[R]) -> dict[str, str]:
    """Return the parts of the page that a saved row changes, by the ids of their elements."""
    stock = stock_rows(grid.site, grid.date)
    return {
        f"totals-{grid.slug}": grid.totals_html,
        "stock-of-day": render_to_string("dashboard/day_sheet/_stock.html", {"stock": stock}),
    }
