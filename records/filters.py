"""The filter bars of lists."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import django_filters
from django import forms
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.models import Category, Material, Operation, Site, User

# The whole day is an empty text in the database, which in an address would mean "any".
WHOLE_DAY = "whole-day"
# In an address: records whose text is empty.
NO_TEXT = "\N{EM DASH}"


class ExactTextFilter(django_filters.CharFilter):  # type: ignore[misc]  # django-filter has no types
    """Records with exactly this text; a dash means those without one."""

    def filter(self, records: RecordQuerySet[DailyRecord], text: str) -> RecordQuerySet[DailyRecord]:
        if not text:
            return records
        return records.filter(Q((self.field_name, "" if text == NO_TEXT else text)))


class SearchForm(forms.Form):
    """The filter of a list until all of its fields are requested or one is in use."""

    q = forms.CharField(label=_("Search"), required=False)


class RecordFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """What narrows every list: who entered or changed it, and free text."""

    who = django_filters.ModelChoiceFilter(
        label=_("Who"), queryset=None, method="by_person", empty_label=_("Anybody")
    )
    weekday = django_filters.ChoiceFilter(
        label=_("Weekday"),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS.values(), start=1)],
        field_name="date",
        lookup_expr="iso_week_day",
        empty_label=_("Any weekday"),
    )
    q = django_filters.CharFilter(label=_("Search"), method="by_text")

    # The text columns that free text is looked for in.
    searched: tuple[str, ...] = ("notes",)
    # Shown only while in use, by a link from an analysis: a list has no room for all of them.
    rare: ClassVar = frozenset({"weekday", "category", "owner", "source", "vehicle_ref"})

    def __init__(
        self,
        values: Mapping[str, object],
        *,
        records: RecordQuerySet[DailyRecord],
        sites: Sequence[Site],
    ) -> None:
        super().__init__(values, queryset=records)
        of_sites = Q(memberships__site__in=[site.pk for site in sites]) | Q(is_superuser=True)
        self.filters["who"].queryset = User.objects.filter(of_sites).distinct()
        self.narrow(sites)

    def narrow(self, sites: Sequence[Site]) -> None:
        """Offer what belongs to these sites alone; what all sites share needs no narrowing."""

    def by_person(
        self, records: RecordQuerySet[DailyRecord], name: str, person: User
    ) -> RecordQuerySet[DailyRecord]:
        del name
        return records.filter(Q(created_by=person) | Q(updated_by=person))

    def by_text(
        self, records: RecordQuerySet[DailyRecord], name: str, text: str
    ) -> RecordQuerySet[DailyRecord]:
        del name
        wanted = Q()
        for column in self.searched:
            wanted |= Q(**{f"{column}__icontains": text})
        return records.filter(wanted)


# A filter is copied for each request: a function is copied for nothing, a queryset is not.
class MaterialFilter(RecordFilter):
    material = django_filters.ModelChoiceFilter(
        label=_("Material"), queryset=lambda _request: Material.objects.all(), empty_label=_("Any material")
    )
    category = django_filters.ChoiceFilter(
        label=_("Category"),
        choices=Category.choices,
        field_name="material__category",
        empty_label=_("Any category"),
    )


class OperationFilter(MaterialFilter):
    operation = django_filters.ModelChoiceFilter(
        label=_("Operation"),
        queryset=lambda _request: Operation.objects.all(),
        empty_label=_("Any operation"),
    )


class ShiftFilter(RecordFilter):
    shift = django_filters.ChoiceFilter(
        label=_("Shift"),
        choices=[(shift.value or WHOLE_DAY, shift.label) for shift in Shift],
        empty_label=_("Any shift"),
        method="by_shift",
    )

    def by_shift(
        self, records: RecordQuerySet[DailyRecord], name: str, shift: str
    ) -> RecordQuerySet[DailyRecord]:
        del name
        return records.filter(Q(("shift", "" if shift == WHOLE_DAY else shift)))
