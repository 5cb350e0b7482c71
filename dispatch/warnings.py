"""What is odd about a dispatch. That more leaves than there is, the ledger says."""

from collections.abc import Mapping

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dispatch.models import Dispatch
from inventory.checks.duplicates import BesideTheDay, Values
from inventory.warnings import same_line, usual_tons
from records.prepared import Asked, Tally
from records.templatetags.figures import tons
from records.warnings import LONG_AGO, Plausibility, Rule

# The delivery notes of a site's day, earliest first.
_references = Tally[Dispatch, tuple[int, str]](
    lambda: (
        Dispatch.objects.filter(site_id=Asked("site", BigIntegerField()), date=Asked("date", DateField()))
        .exclude(reference="")
        .order_by("id")
        .values_list("pk", "reference")
    )
)


def _reference_used(dispatch: Dispatch) -> str:
    """Say of a delivery note that something else left on it: at the same site, on the same day."""
    if not dispatch.reference:
        return ""
    # Compared here: SQLite knows the capitals of A to Z alone.
    wanted = dispatch.reference.casefold()
    noted = _references.ask(site=dispatch.site_id, date=dispatch.date)
    used = next((pk for pk, note in noted if pk != dispatch.pk and note.casefold() == wanted), None)
    return "" if used is None else _of_records({used})[used]


def _of_records(keys: set[int]) -> Mapping[int, str]:
    there = Dispatch.objects.select_related("material", "created_by").filter(pk__in=keys)
    return {first.pk: _used_already(first) for first in there}


def _used_already(first: Dispatch) -> str:
    """Say what left on a delivery note, for whom, and who entered it."""
    what = [first.material.name, _("%(tons)s t") % {"tons": tons(first.qty_ton)}, first.owner]
    return _("Reference %(reference)s was used on %(date)s already: %(what)s, entered by %(who)s.") % {
        "reference": first.reference,
        "date": date_format(first.date, "j M Y"),
        "what": ", ".join(word for word in what if word),
        "who": first.created_by,
    }


def _used_in_line(dispatch: Dispatch, line: int) -> str:
    return _("Reference %(reference)s is used in line %(line)d of the same file already.") % {
        "reference": dispatch.reference,
        "line": line,
    }


def _note(values: Values) -> str | None:
    return str(values[0]).casefold() or None


PLAUSIBILITY = Plausibility(
    (
        LONG_AGO,
        usual_tons(Dispatch, "material"),
        Rule(
            about=("date", "reference"),
            sentence=_reference_used,
            beside=lambda: BesideTheDay(
                Dispatch, ("reference",), said=_note, of_records=_of_records, of_line=_used_in_line
            ),
        ),
        same_line(
            Dispatch, "operation_id", "loads", "trips", "owner", "reference", "notes", unless="reference"
        ),
    )
)
