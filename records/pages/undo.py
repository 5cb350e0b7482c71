"""Undoing what was just done, earlier versions of a record, and deleted records."""

from functools import cached_property
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.addresses import page_of_portal
from core.numbers import whole_number
from records import operations
from records.choices import Source
from records.errors import AlreadyUndone, ConfirmationNeeded, Refused
from records.history import RecordVersions, VersionDescriber, history_of
from records.models import DailyRecord
from records.operations import Act
from records.pages.entry import RecordCorrection
from records.pages.listing import Listing
from records.pages.responses import accepts_json
from records.pages.table import PAGE_SIZE, ListRow, rows_of
from records.pages.views import RecordPage, status_of, undo_tag
from records.warnings import confirmation_of


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the user's own changes, all of them or none.

    `acts` has what the operations returned (`site.first-last`), separated by spaces; `confirmed` confirms
    warnings. A script (`Accept: application/json`) gets `{"state": "undone", "acts", "records"}`: the acts
    undo the undoing, and a record without a version was deleted; or `{"state", "code", "messages",
    "confirmation"}` with the state `asks` for warnings to confirm and `refused` where it cannot be undone.
    """
    assert not isinstance(request.user, AnonymousUser)
    acts = _acts(request)
    try:
        outcome = operations.undo(
            acts=acts, by=request.user, source=Source.PAGE, confirmed=request.POST.get("confirmed", "")
        )
    except Refused as refusal:
        return _not_undone(request, refusal)
    if accepts_json(request):
        records = [
            {
                "module": undone.module.slug,
                "id": undone.record_id,
                "version": undone.after.version if undone.after is not None else None,
            }
            for undone in outcome.undone
        ]
        return JsonResponse({"state": "undone", "acts": _written(outcome.acts), "records": records})
    number = len(outcome.undone)
    words = ngettext("Undone: %d record is as it was.", "Undone: %d records are as they were.", number)
    messages.success(request, words % number, extra_tags=undo_tag(outcome.acts))
    return redirect(_page_before(request))


def _acts(request: HttpRequest) -> list[Act]:
    """Return the acts of the request. Raises Http404 where there are none, or too many."""
    try:
        acts = [Act.parse(text) for text in " ".join(request.POST.getlist("acts")).split()]
    except ValueError as error:
        raise Http404 from error
    if not acts or sum(act.last - act.first + 1 for act in acts) > operations.MOST_UNDONE:
        raise Http404
    return acts


def _written(acts: tuple[Act, ...]) -> str:
    return " ".join(map(str, acts))


def _not_undone(request: HttpRequest, refusal: Refused) -> HttpResponse:
    warnings = refusal.warnings if isinstance(refusal, ConfirmationNeeded) else ()
    status = status_of(refusal)
    if accepts_json(request):
        answer = {
            "state": "asks" if warnings else "refused",
            "code": refusal.code,
            "messages": list(warnings) or [refusal.message],
            "confirmation": confirmation_of(warnings),
        }
        return JsonResponse(answer, status=status)
    if isinstance(refusal, AlreadyUndone):
        messages.info(request, refusal.message)
        return redirect(_page_before(request))
    shown = {
        "acts": _written(tuple(_acts(request))),
        "warnings": warnings,
        "confirmation": confirmation_of(warnings),
        "message": "" if warnings else refusal.message,
        "next": _page_before(request),
    }
    return render(request, "records/undo.html", {"undo": shown}, status=status)


def _page_before(request: HttpRequest) -> str:
    """Return the address of the portal's page that the request came from."""
    return page_of_portal(request, request.POST.get("next", ""), request.headers.get("Referer", ""))


class RecordRestore[R: DailyRecord](RecordPage[R]):
    """Restoring an earlier version of a record, deleted or not, after showing what that changes."""

    def get(self, request: HttpRequest, record_id: int) -> HttpResponse:
        return self._page(*self._found(record_id))

    def post(self, request: HttpRequest, record_id: int) -> HttpResponse:
        history, wanted = self._found(record_id)
        try:
            outcome = operations.restore(
                module=self.module,
                record_id=record_id,
                version=wanted.version,
                expected=whole_number(request.POST.get("expected")) or 0,
                by=self.user,
                source=Source.PAGE,
                confirmed=self.confirmed,
            )
        except Refused as refusal:
            return self._page(*self._found(record_id), refusal)
        row = self.row(self.find(outcome.record.pk))
        words = _("Restored: %s") if history.is_deleted else _("Changed: %s")
        messages.success(request, words % row.summary, extra_tags=undo_tag(Act.all_of([outcome.record])))
        return self.back_to_list()

    def _found(self, record_id: int) -> tuple[RecordVersions, R]:
        """Return the record's history and a version, the latest by default. Raises as `find_writable`."""
        history = history_of(self.module, record_id, self.user)
        self.require_write(history.site)
        number = whole_number(self.request.GET.get("version", str(history.latest.version)))
        if number not in [entry.version for entry in history.entries]:
            raise Http404
        wanted = self.module.model.history.filter(id=record_id, version=number).latest("history_id")
        return history, wanted.instance

    def _page(self, history: RecordVersions, wanted: R, refusal: Refused | None = None) -> HttpResponse:
        latest = history.latest
        assert isinstance(latest, self.module.model)
        describer = VersionDescriber(self.module, [latest, wanted])
        return self.show(
            self.request,
            "records/restore.html",
            HTTPStatus.OK if refusal is None else status_of(refusal),
            history=history,
            version=wanted,
            changes=list(describer.changes(latest, wanted)),
            summary=describer.summary(wanted),
            correction=RecordCorrection.to_restore(self.module, latest, refusal),
        )


class DeletedRecords[R: DailyRecord](Listing[R]):
    """The deleted records of the list's sites and dates, as they were, newest first."""

    @cached_property
    def rows(self) -> list[ListRow[R]]:
        return rows_of(
            self.module,
            self._records[:PAGE_SIZE],
            sites=self.scope.sites,
            shows_site=self.shows_site,
            query=self.kept_query,
        )

    @property
    def has_more(self) -> bool:
        return len(self._records) > PAGE_SIZE

    @cached_property
    def _records(self) -> list[R]:
        history = self.module.model.history
        since = history.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
        deleted = history.filter(
            # One that was restored is no longer deleted.
            ~Exists(since),
            history_type="-",
            site__in=[site.pk for site in self.scope.sites],
            date__gte=self.dates.first,
            date__lte=self.dates.last,
        )
        related = (*self.module.related, "site", "created_by", "updated_by")
        records = []
        for version in deleted.select_related(*related).order_by("-date", "-history_id")[: PAGE_SIZE + 1]:
            record = version.instance
            for name in related:
                setattr(record, name, getattr(version, name) or self._as_last_known(version, name))
            records.append(record)
        return records

    def _as_last_known(self, version: models.Model, name: str) -> models.Model | None:
        """Return a row that a deleted record refers to and that was deleted since, as it was."""
        pointing = self.module.model._meta.get_field(name)
        key = getattr(version, f"{name}_id")
        assert isinstance(pointing, models.ForeignKey)
        history = pointing.related_model.history  # type: ignore[attr-defined]  # simple-history's
        kept = history.filter(id=key).order_by("history_id").last()
        return kept.instance if kept is not None else None


class RecordDeletions[R: DailyRecord](RecordPage[R]):
    """The list of deleted records, each with its history and a way to restore it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        deleted = DeletedRecords(request, self.module)
        return render(
            request, "records/deleted.html", {"module": self.module, "listing": deleted, "rows": deleted.rows}
        )
