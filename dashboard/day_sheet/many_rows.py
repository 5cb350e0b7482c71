"""What is done to several saved rows of a sheet at once: changed, deleted, or undone. All of them or none."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from core.numbers import whole_number
from dashboard.day_sheet.grid import Grid
from dashboard.day_sheet.saving import changed_parts, shown_record
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded, Refused, SelectionRefused
from records.history import VersionDescriber
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Act
from records.operations.bulk import MOST_SELECTED
from records.warnings import confirmation_of
from sites.models import Site, User

# So many rows are named that cannot be changed for the same reason.
NAMED = 3


def change_rows[R: DailyRecord](
    request: HttpRequest, module: RecordModule[R], *, site: Site, date: dt.date, by: User
) -> JsonResponse:
    """Give the selected rows one value, or delete them where no field is sent."""
    selected = _selected(request.POST.get("rows", ""))
    field = request.POST.get("field", "")
    confirmed = request.POST.get("confirmed", "")
    if len(selected) > MOST_SELECTED:
        return _refusal([_("Select at most %(most)d records.") % {"most": MOST_SELECTED}])
    here = module.model._default_manager.filter(pk__in=selected, site=site)
    if not selected or here.count() != len(selected):
        return _refusal([_("Some of these lines are no longer here. Nothing has been changed.")])
    try:
        if not field:
            outcome = operations.bulk_delete(
                module=module, selected=selected, by=by, source=Source.PAGE, confirmed=confirmed
            )
        elif field in module.form.base_fields:
            outcome = operations.bulk_update(
                module=module,
                selected=selected,
                values={field: request.POST.get("value", "")},
                by=by,
                source=Source.PAGE,
                confirmed=confirmed,
            )
        else:
            return _refusal([_("This cannot be changed for several lines at once.")])
    except SelectionRefused as error:
        return _refusal([_("Nothing has been changed."), *_reasons(module, error.reasons, len(selected))])
    except Refused as error:
        return _rejected(error)
    changed = [change.after.pk for change in outcome.changes if change.after is not None]
    return _done({module: changed}, outcome.acts, site=site, date=date)


def undo_rows(request: HttpRequest, *, site: Site, date: dt.date, by: User) -> JsonResponse:
    """Undo acts of the person at this site."""
    try:
        acts = [Act.parse(text) for text in request.POST.get("acts", "").split(",")]
    except ValueError:
        return _refusal([_("This cannot be undone.")])
    number = sum(act.last - act.first + 1 for act in acts)
    if number > operations.MOST_UNDONE or any(act.site_id != site.pk for act in acts):
        return _refusal([_("This cannot be undone.")])
    try:
        outcome = operations.undo(
            acts=acts, by=by, source=Source.PAGE, confirmed=request.POST.get("confirmed", "")
        )
    except Refused as error:
        return _rejected(error)
    except PermissionDenied as error:
        return _refusal([str(error)])
    touched: dict[RecordModule[DailyRecord], list[int]] = defaultdict(list)
    for undone in outcome.undone:
        touched[undone.module].append(undone.record_id)
    return _done(touched, outcome.acts, site=site, date=date)


def _selected(text: str) -> dict[int, int | None]:
    """Return the versions of the selected rows by their ids; an empty dict for what is no selection."""
    try:
        found = {whole_number(key): whole_number(version) for key, version in json.loads(text).items()}
    except (ValueError, AttributeError, RecursionError):
        return {}
    rows: dict[int, int | None] = {
        key: version for key, version in found.items() if key is not None and version is not None
    }
    return rows if len(rows) == len(found) else {}


def _done[R: DailyRecord](
    touched: "dict[RecordModule[R], list[int]]", acts: tuple[Act, ...], *, site: Site, date: dt.date
) -> JsonResponse:
    """Return each touched row as it is now, or that this day has it no more, and the parts that changed."""
    rows: list[dict[str, object]] = []
    parts: dict[str, str] = {}
    for module, keys in touched.items():
        grid = Grid(module, site=site, date=date, takes_entries=True)
        found = grid.records_with(keys)
        for key in keys:
            shown = shown_record(grid, found[key]) if key in found else {"id": key, "is_gone": True}
            rows.append({"module": module.slug, **shown})
        parts |= changed_parts(grid)
    return JsonResponse({"state": "done", "rows": rows, "parts": parts, "acts": [str(act) for act in acts]})


def _rejected(error: Refused) -> JsonResponse:
    if isinstance(error, ConfirmationNeeded):
        answer = {
            "state": "asks",
            "messages": list(error.warnings),
            "confirmation": confirmation_of(error.warnings),
        }
        return JsonResponse(answer, status=HTTPStatus.CONFLICT)
    return _refusal([error.message])


def _reasons[R: DailyRecord](
    module: RecordModule[R], reasons: Mapping[int, str], selected: int
) -> Iterator[str]:
    """Yield why some of the selected rows cannot be changed, with the rows where others can be."""
    rows_by_reason: dict[str, list[int]] = defaultdict(list)
    for key, reason in reasons.items():
        rows_by_reason[reason].append(key)
    records = module.model._default_manager.in_bulk(
        [key for keys in rows_by_reason.values() for key in keys[:NAMED]]
    )
    describer = VersionDescriber(module, records.values())
    for reason, keys in rows_by_reason.items():
        summaries = [describer.summary(records[key]) for key in keys[:NAMED] if key in records]
        if len(keys) == selected or not summaries:
            yield reason
        else:
            more = ["…"] if len(keys) > NAMED else []
            yield f"{'; '.join([*summaries, *more])}: {reason}"


def _refusal(messages: list[str]) -> JsonResponse:
    return JsonResponse({"state": "refused", "messages": messages}, status=HTTPStatus.CONFLICT)
