"""How far a site's day is, what it lacks and what is to be seen of it before it is approved."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.addresses import records_address
from dashboard.closing.acts import Act, acts_of
from dashboard.closing.notices import Notice, notice_beside
from dashboard.closing.states import State
from records.choices import DayStatus
from records.closing.changes import DayChanges, RecordWithWarnings, changes_since, records_with_warnings
from records.closing.completeness import DayContents, ModuleOfDay
from records.closing.figures import Difference, differences, figures_from_json, figures_of_day
from records.closing.workflow import missing_modules_message
from records.models import SiteDay
from records.pages.table import may_write
from sites.managing import manages
from sites.models import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


@dataclass(frozen=True)
class Refusal:
    """Why a day is not as somebody wanted it, and what they typed."""

    message: str
    # Which form it is about: the slug of a module, or what was to be done.
    about: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Line:
    """A module in the list of what the day has."""

    part: ModuleOfDay
    href: str
    # Whether a working day that is open still lacks this.
    is_missing: bool
    refusal: Refusal | None = None

    @property
    def name(self) -> "Text":
        return self.part.module.label_plural

    @property
    def typed(self) -> str:
        return self.refusal.typed if self.refusal is not None else ""


@dataclass(frozen=True)
class ClosingPanel:
    """What the template `_closing.html` shows of a day; the site comes with the role of the person."""

    site: Site
    date: dt.date
    refusal: Refusal | None = None

    @cached_property
    def day(self) -> SiteDay | None:
        days = SiteDay.objects.select_related("submitted_by", "approved_by", "reopened_by")
        return days.filter(site=self.site, date=self.date).first()

    @cached_property
    def contents(self) -> DayContents:
        return DayContents.of(self.site, self.date)

    @cached_property
    def state(self) -> State:
        return State.of_status(self.day.status if self.day is not None else DayStatus.OPEN)

    @property
    def is_closed(self) -> bool:
        return self.day is not None and self.day.is_closed

    @property
    def is_submitted(self) -> bool:
        """Say whether the day waits to be approved."""
        return self.state is State.SUBMITTED

    @property
    def is_late(self) -> bool:
        return self.day is not None and self.day.is_late

    @cached_property
    def is_working_day(self) -> bool:
        return self.site.is_working_day(self.date)

    @property
    def has_begun(self) -> bool:
        return self.date <= self.site.today()

    @property
    def cut_off(self) -> dt.datetime:
        return self.site.cut_off_of(self.date)

    @property
    def is_overdue(self) -> bool:
        return timezone.now() > self.cut_off

    @property
    def acts(self) -> list[Act]:
        return acts_of(self.day) if self.day is not None else []

    # --- What the day has

    @cached_property
    def lines(self) -> list[Line]:
        is_asked = self.is_working_day and not self.is_closed and self.has_begun
        return [
            Line(
                part,
                self._records_of(part.module.slug),
                is_missing=part.is_missing and is_asked,
                refusal=self.refusal
                if self.refusal is not None and self.refusal.about == part.module.slug
                else None,
            )
            for part in self.contents.modules
            # What a day need not have is told where it has it.
            if part.module.is_daily or part.records
        ]

    @property
    def lacking(self) -> str:
        """Return the sentence that names what an open working day lacks; empty where it lacks nothing."""
        return missing_modules_message(self.contents) if any(line.is_missing for line in self.lines) else ""

    def _records_of(self, slug: str) -> str:
        return records_address(f"{slug}:list", self.site.code, first=self.date, last=self.date)

    # --- What may be done

    @property
    def may_enter(self) -> bool:
        return may_write(self.site) and not self.is_closed and self.has_begun

    @property
    def may_approve(self) -> bool:
        return self.is_submitted and manages(self.site)

    @property
    def may_reopen(self) -> bool:
        return self.is_closed and manages(self.site)

    @property
    def told(self) -> str:
        """Return the refusal that is about the day and not about one of its modules."""
        if self.refusal is None or any(line.refusal for line in self.lines):
            return ""
        return self.refusal.message

    @property
    def reopen_typed(self) -> str:
        return self.refusal.typed if self.refusal is not None and self.refusal.about == "reopen" else ""

    @property
    def notices(self) -> list[Notice]:
        """Return what whoever enters today is to know of the working day before."""
        return notice_beside(self.site, self.date)

    # --- What is to be looked at

    @cached_property
    def changes(self) -> DayChanges:
        """Return what became of the records since the day was approved last, or else submitted first."""
        kept = self.day.kept_versions if self.day is not None else None
        return DayChanges([], 0) if kept is None else changes_since(kept, self.contents)

    @property
    def changes_title(self) -> str:
        assert self.day is not None
        was_approved = self.day.approved_figures is not None
        return _("Changed since it was approved") if was_approved else _("Changed since it was submitted")

    @cached_property
    def with_warnings(self) -> list[RecordWithWarnings]:
        return records_with_warnings(self.contents)

    @cached_property
    def differences(self) -> list[Difference]:
        """Return the figures that are no longer as they were approved."""
        if self.day is None or self.day.approved_figures is None:
            return []
        return differences(figures_from_json(self.day.approved_figures), figures_of_day(self.site, self.date))


def closing_panel(site: Site, date: dt.date, *, refusal: Refusal | None = None) -> dict[str, object]:
    """Return what the template of the panel needs, to be joined with a page's own context."""
    return {"closing": ClosingPanel(site, date, refusal)}
