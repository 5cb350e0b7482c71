from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dispatch.models import MOST_TRIPS, TRIPS_RANGE, Dispatch
from inventory.forms import LoadedMovementForm
from records.forms import CodedChoiceField
from records.prepared import Asked, Tally
from records.templatetags.figures import tons

# The delivery notes of a site's day, earliest first.
_references = Tally[Dispatch, tuple[int, str]](
    lambda: (
        Dispatch.objects.filter(site_id=Asked("site", BigIntegerField()), date=Asked("date", DateField()))
        .exclude(reference="")
        .order_by("id")
        .values_list("pk", "reference")
    )
)


class DispatchForm(LoadedMovementForm[Dispatch]):
    class Meta:
        model = Dispatch
        fields = (
            "date",
            "material",
            "operation",
            "qty_ton",
            "loads",
            "trips",
            "owner",
            "reference",
            "notes",
        )
        field_classes: ClassVar = {"material": CodedChoiceField, "operation": CodedChoiceField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        trips = self.fields["trips"]
        assert isinstance(trips, forms.IntegerField)
        trips.required = False
        trips.help_text = _("Left empty, it is one.")
        trips.min_value, trips.max_value = 1, MOST_TRIPS

    def clean_trips(self) -> int:
        trips: int | None = self.cleaned_data["trips"]
        if trips is None:
            return 1
        if not 1 <= trips <= MOST_TRIPS:
            raise ValidationError(TRIPS_RANGE, code="range")
        return trips

    def look_around(self, before: Dispatch | None) -> None:
        """Warn of a delivery note that something else left on: the same site, the same day."""
        super().look_around(before)
        dispatch = self.instance
        if not dispatch.reference or (before is not None and _note_of(before) == _note_of(dispatch)):
            return
        # Compared here: SQLite knows the capitals of A to Z alone.
        wanted = dispatch.reference.casefold()
        noted = _references.ask(site=dispatch.site_id, date=dispatch.date)
        used = next((pk for pk, note in noted if pk != dispatch.pk and note.casefold() == wanted), None)
        if used is not None:
            self.warnings.append(_used_already(used))


def _note_of(dispatch: Dispatch) -> tuple[object, ...]:
    """Return what makes a delivery note one and the same."""
    return dispatch.site_id, dispatch.date, dispatch.reference.casefold()


def _used_already(dispatch_id: int) -> str:
    """Say what left on a delivery note, for whom, and who entered it."""
    first = Dispatch.objects.select_related("material", "created_by").get(pk=dispatch_id)
    what = [first.material.name, _("%(tons)s t") % {"tons": tons(first.qty_ton)}, first.owner]
    return _("Reference %(reference)s was used on %(date)s already: %(what)s, entered by %(who)s.") % {
        "reference": first.reference,
        "date": date_format(first.date, "j M Y"),
        "what": ", ".join(word for word in what if word),
        "who": first.created_by,
    }
