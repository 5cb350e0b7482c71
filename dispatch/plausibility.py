"""What is odd about a dispatch. That more leaves than there is, the ledger says."""

from dataclasses import replace

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dispatch.models import Dispatch
from inventory.plausibility import same_line, usual_tons
from records.plausibility import LONG_AGO, Plausibility, Rule
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


def _reference_used(dispatch: Dispatch) -> str:
    """Say of a delivery note that something else left on it: at the same site, on the same day."""
    if not dispatch.reference:
        return ""
    # Compared here: SQLite knows the capitals of A to Z alone.
    wanted = dispatch.reference.casefold()
    noted = _references.ask(site=dispatch.site_id, date=dispatch.date)
    used = next((pk for pk, note in noted if pk != dispatch.pk and note.casefold() == wanted), None)
    return "" if used is None else _used_already(used)


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


_same_line = same_line(Dispatch, "operation_id", "loads", "trips", "owner", "reference", "notes")


def _same_without_reference(dispatch: Dispatch) -> str:
    """Leave what names a delivery note to the rule about those."""
    return "" if dispatch.reference else _same_line.sentence(dispatch)


PLAUSIBILITY = Plausibility(
    (
        LONG_AGO,
        usual_tons(Dispatch, "material"),
        Rule(about=("date", "reference"), sentence=_reference_used),
        replace(_same_line, sentence=_same_without_reference),
    )
)
