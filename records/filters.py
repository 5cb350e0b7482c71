"""The filter bar of the lists; its state is the address."""

from collections.abc import Mapping, Sequence

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from records.choices import Shift
from records.models import DailyRecord, RecordQuerySet
from sites.models import Material, Operation, Site, User

# The whole day is an empty text in the database, which in an address would mean "any".
WHOLE_DAY = "whole-day"


class RecordFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """What narrows every list: who entered or changed it, and free text."""

    who = django_filters.ModelChoiceFilter(
        label=_("Who"), queryset=User.objects.none(), method="by_person", empty_label=_("Anybody")
    )
    q = django_filters.CharFilter(label=_("Search"), method="by_text")

    # The text columns that free text is looked for in.
    searched: tuple[str, ...] = ("notes",)

    def __init__(
        self,
        values: Mapping[str, object],
        *,
        records: RecordQuerySet[DailyRecord],
        people: QuerySet[User],
        sites: Sequence[Site],
    ) -> None:
        super().__init__(values, queryset=records)
        self.filters["who"].queryset = people
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


class MaterialFilter(RecordFilter):
    material = django_filters.ModelChoiceFilter(
        label=_("Material"), queryset=Material.objects.all(), empty_label=_("Any material")
    )


class OperationFilter(MaterialFilter):
    operation = django_filters.ModelChoiceFilter(
        label=_("Operation"), queryset=Operation.objects.all(), empty_label=_("Any operation")
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
