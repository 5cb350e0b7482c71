"""The pages of a record module; `records/pages/urls.py` makes them for each module."""

from collections.abc import Iterable
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from core.numbers import whole_number
from records import operations
from records.choices import Source
from records.errors import (
    DayClosed,
    EditConflict,
    KeyReused,
    NegativeStock,
    NotVisible,
    Refused,
    SelectionRefused,
    UndoRefused,
)
from records.history import history_of
from records.models import DailyRecord
from records.module import RecordModule
from records.operations import Act
from records.pages.entry import (
    RecordCorrection,
    RecordEntry,
    completions,
    entry_preview,
    keep_for_next,
    new_entry,
    rejected_entry,
)
from records.pages.listing import Listing
from records.pages.table import UNDO_TAG, ListRow, may_write, rows_of
from sites.models import Site, User
from sites.scope import page_scope

CONFLICTS = (DayClosed, EditConflict, KeyReused, NegativeStock, SelectionRefused, UndoRefused)


def status_of(refusal: Refused) -> HTTPStatus:
    """Return the HTTP status of a refused change: a conflict, or input that cannot be processed."""
    return HTTPStatus.CONFLICT if isinstance(refusal, CONFLICTS) else HTTPStatus.UNPROCESSABLE_ENTITY


def undo_tag(acts: Iterable[Act]) -> str:
    """Return the tag by which a message offers to undo what it reports."""
    return f"{UNDO_TAG}{' '.join(map(str, acts))}"


class RecordPage[R: DailyRecord](View):
    """What the pages of a module share. The list's query is kept in the address of every page."""

    module: RecordModule[R] = None  # type: ignore[assignment]  # given to as_view(), which asks for a default

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def is_fragment(self) -> bool:
        """Return whether htmx requested a part of the list and not a page."""
        return bool(self.request.headers.get("HX-Target"))

    def listing(self) -> Listing[R]:
        return Listing(self.request, self.module)

    def find(self, record_id: int) -> R:
        """Return a record that the user may see; its site has their role. Raises NotVisible."""
        visible = self.module.model._default_manager.for_user(self.user)  # type: ignore[attr-defined]
        related = visible.with_derived().select_related(*self.module.related, "created_by", "updated_by")
        record: R | None = related.filter(pk=record_id).first()
        if record is None:
            raise NotVisible
        record.site = Site.objects.with_role(self.user).get(pk=record.site_id)
        return record

    def find_writable(self, record_id: int) -> R:
        """Return a record that the user may change. Raises NotVisible, PermissionDenied."""
        record = self.find(record_id)
        self.require_write(record.site)
        return record

    @staticmethod
    def require_write(site: Site) -> None:
        """Raise PermissionDenied where the role annotated on the site allows no changes."""
        if not may_write(site):
            raise PermissionDenied(_("Your role on this site lets you read, not change."))

    def row(self, record: R, *, is_new: bool = False) -> ListRow[R]:
        listing = self.listing()
        return rows_of(
            self.module,
            [record],
            sites=[record.site],
            shows_site=listing.shows_site,
            is_new=is_new,
            query=listing.kept_query,
        )[0]

    @property
    def confirmed(self) -> str:
        """Return the confirmation of the warnings that the person saw."""
        return self.request.POST.get("confirmed", "")

    def show(
        self, request: HttpRequest, template: str, status: HTTPStatus = HTTPStatus.OK, **context: object
    ) -> HttpResponse:
        return render(
            request,
            template,
            {"module": self.module, "listing": self.listing(), **context},
            status=status,
        )

    def back_to_list(self) -> HttpResponse:
        return redirect(f"{reverse(f'{self.module.slug}:list')}?{self.listing().kept_query}")


class RecordList[R: DailyRecord](RecordPage[R]):
    """The list of the module's records, newest first, with a quick-entry row on top."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("HX-Target") == "totals":
            return self.show(request, "records/list.html#every_total", shows_totals=True)
        listing = self.listing()
        if request.headers.get("HX-Target") == "filter":
            return self.show(request, "records/_filter_bar.html#filter")
        entry = (
            new_entry(request, self.module, listing.scope.site)
            if listing.scope.site is not None and listing.takes_entries
            else None
        )
        return render(
            request, "records/list.html", {"module": self.module, "listing": listing, "entry": entry}
        )


class RecordCreate[R: DailyRecord](RecordPage[R]):
    """Creating a record in the quick-entry row or on a page of its own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        site = self._site()
        return self.show(
            request, "records/create.html", entry=new_entry(request, self.module, site) if site else None
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        site = self._site()
        if site is None:
            return self.show(request, "records/create.html", HTTPStatus.UNPROCESSABLE_ENTITY, entry=None)
        preview = None if self.is_fragment else entry_preview(request, self.module, site)
        if preview is not None:
            return self.show(request, "records/create.html", entry=preview)
        try:
            outcome = self._create(site)
        except Refused as refusal:
            template = "records/list.html#entry" if self.is_fragment else "records/create.html"
            entry = rejected_entry(request, self.module, site, refusal)
            return self.show(request, template, status_of(refusal), entry=entry)
        return self._saved(request, site, outcome)

    def _site(self) -> Site | None:
        site = page_scope(self.request).site
        if site is not None and not may_write(site):
            raise PermissionDenied(_("Your role on this site lets you read, not enter records."))
        return site

    def _create(self, site: Site) -> operations.Outcome[R]:
        return operations.create(
            module=self.module,
            values=self.request.POST.dict(),
            site=site,
            by=self.user,
            source=Source.PAGE,
            key=self.request.POST.get("submission_key", "").replace("\0", "")[:200],
            confirmed=self.confirmed,
        )

    def _saved(self, request: HttpRequest, site: Site, outcome: operations.Outcome[R]) -> HttpResponse:
        record = self.find(outcome.record.pk) if not outcome.is_repeat else outcome.record
        record.site = site
        keep_for_next(request, self.module, record)
        entry: RecordEntry[R] = new_entry(request, self.module, site)
        entry.saved, entry.was_repeated = record, outcome.is_repeat
        if self.is_fragment:
            return self.show(
                request, "records/list.html#saved", entry=entry, row=self.row(record, is_new=True)
            )
        messages.success(request, _("Saved: %s") % self.row(record).summary)
        return self.back_to_list()


class RecordEdit[R: DailyRecord](RecordPage[R]):
    """Correcting a record in its row of the list or on a page of its own."""

    def get(self, request: HttpRequest, record_id: int) -> HttpResponse:
        record = self.find_writable(record_id)
        if self.is_fragment and "cancel" in request.GET:
            return HttpResponse(self.row(record).html)
        return self._editor(request, RecordCorrection.of(self.module, record))

    def post(self, request: HttpRequest, record_id: int) -> HttpResponse:
        self.find_writable(record_id)
        try:
            outcome = self._update(record_id)
        except Refused as refusal:
            correction = RecordCorrection.rejected(
                request, self.module, self.find_writable(record_id), refusal
            )
            return self._editor(request, correction, status_of(refusal))
        row = self.row(self.find(outcome.record.pk), is_new=True)
        undo = undo_tag(Act.all_of([outcome.record])) if outcome.is_new_version else ""
        messages.success(request, _("Changed: %s") % row.summary, extra_tags=undo)
        if self.is_fragment:
            return self.show(request, "records/list.html#changed", row=row)
        return self.back_to_list()

    def _update(self, record_id: int) -> operations.Outcome[R]:
        return operations.update(
            module=self.module,
            record_id=record_id,
            values=self.request.POST.dict(),
            by=self.user,
            source=Source.PAGE,
            version=whole_number(self.request.POST.get("version")) or 0,
            confirmed=self.confirmed,
        )

    def _editor(
        self, request: HttpRequest, correction: RecordCorrection[R], status: HTTPStatus = HTTPStatus.OK
    ) -> HttpResponse:
        template = "records/list.html#editor" if self.is_fragment else "records/edit.html"
        row = self.row(correction.record)
        return self.show(request, template, status, correction=correction, row=row)


class RecordDelete[R: DailyRecord](RecordPage[R]):
    """Deleting a record after a confirmation that shows the effects."""

    def get(self, request: HttpRequest, record_id: int) -> HttpResponse:
        return self._confirmation(request, self.find_writable(record_id))

    def post(self, request: HttpRequest, record_id: int) -> HttpResponse:
        record = self.find_writable(record_id)
        try:
            outcome = self._delete(record_id)
        except Refused as refusal:
            return self._confirmation(request, self.find_writable(record_id), refusal)
        undo = undo_tag(Act.all_of([outcome.record]))
        messages.success(request, _("Deleted: %s") % self.row(record).summary, extra_tags=undo)
        if self.is_fragment:
            return self.show(request, "records/list.html#deleted", row=self.row(record))
        return self.back_to_list()

    def _delete(self, record_id: int) -> operations.Outcome[R]:
        return operations.delete(
            module=self.module,
            record_id=record_id,
            by=self.user,
            source=Source.PAGE,
            version=whole_number(self.request.POST.get("version")) or 0,
            confirmed=self.confirmed,
        )

    def _confirmation(self, request: HttpRequest, record: R, refusal: Refused | None = None) -> HttpResponse:
        return self.show(
            request,
            "records/list.html#remover" if self.is_fragment else "records/delete.html",
            HTTPStatus.OK if refusal is None else status_of(refusal),
            row=self.row(record),
            correction=RecordCorrection.to_delete(self.module, record, refusal),
            effects=record.deletion_effects(),
        )


class RecordHistory[R: DailyRecord](RecordPage[R]):
    """The history of a record: who changed it, when, from which source, each field before and after."""

    def get(self, request: HttpRequest, record_id: int) -> HttpResponse:
        history = history_of(self.module, record_id, self.user)
        may_restore = may_write(history.site)
        return self.show(request, "records/history.html", history=history, may_restore=may_restore)


class RecordCompletion[R: DailyRecord](RecordPage[R]):
    """Suggestions for a text field from earlier values of the site."""

    def get(self, request: HttpRequest, field: str) -> HttpResponse:
        site = page_scope(request).site
        if site is None or field not in self.module.completed:
            raise NotVisible
        found = completions(self.module, site=site, field=field, typed=request.GET.get(field, ""))
        return render(request, "records/_completions.html", {"completions": found})
