"""The warnings about a dispatch. Stock below zero is found by the ledger."""

import unicodedata
from collections.abc import Mapping

from django.db.models import BigIntegerField, DateField
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.db.prepared import Parameter, PreparedQuery
from dispatch.models import Dispatch
from inventory.warnings import OTHER_DAY, OVER_GROSS, DuplicateChecker, Values, same_line, usual_tons
from records.templatetags.figures import tons
from records.warnings import LONG_AGO, WarningRule, WarningRules

# Spaces, dashes, control characters, and invisible ones such as a soft hyphen.
IGNORED_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Pd", "Cc", "Cf"})
# Typed for a dash, but a mathematical sign to Unicode.
MINUS = "\N{MINUS SIGN}"

# The delivery notes of a site's day, oldest first.
_references = PreparedQuery[Dispatch, tuple[int, str]](
    lambda: (
        Dispatch.objects.filter(
            site_id=Parameter("site", BigIntegerField()), date=Parameter("date", DateField())
        )
        .exclude(reference="")
        .order_by("id")
        .values_list("pk", "reference")
    )
)


def plain_reference(text: str) -> str:
    """Return a reference without spaces, dashes and invisible characters, in one case and Unicode form.

    `LS 77`, `LS-77` and `ls77` are the same delivery note. A dash alone is no reference: empty.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(
        letter
        for letter in folded
        if letter not in MINUS and unicodedata.category(letter) not in IGNORED_CATEGORIES
    )


def _reference_used(dispatch: Dispatch) -> str:
    """Return the warning that another dispatch of the site and day has the same delivery note."""
    wanted = plain_reference(dispatch.reference)
    if not wanted:
        return ""
    noted = _references.all(site=dispatch.site_id, date=dispatch.date)
    used = next((pk for pk, note in noted if pk != dispatch.pk and plain_reference(note) == wanted), None)
    return "" if used is None else _of_records({used})[used]


def _of_records(keys: set[int]) -> Mapping[int, str]:
    there = Dispatch.objects.select_related("material", "created_by").filter(pk__in=keys)
    return {first.pk: _used_already(first) for first in there}


def _used_already(first: Dispatch) -> str:
    """Return the warning about a delivery note with what was dispatched, to whom, and who entered it."""
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
    return plain_reference(str(values[0])) or None


WARNINGS = WarningRules(
    (
        LONG_AGO,
        usual_tons(Dispatch, "material"),
        WarningRule(
            fields=("date", "reference"),
            warning=_reference_used,
            row_checker=lambda: DuplicateChecker(
                Dispatch, ("reference",), key=_note, record_warnings=_of_records, line_warning=_used_in_line
            ),
        ),
        same_line(
            Dispatch,
            "operation_id",
            "loads",
            "trips",
            "owner",
            "reference",
            "notes",
            "ticket_no",
            "time",
            unless="reference",
        ),
        OVER_GROSS,
        OTHER_DAY,
    )
)
