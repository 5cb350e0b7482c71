"""Reading parties from a CSV file."""

import csv
import io

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parties.models import Party
from sites.models import User

KINDS = {kind.removeprefix("is_"): kind for kind in Party.KINDS}
COLUMNS = ("code", "name", "kinds", "address")
NO_CSV = gettext_lazy("The file is not a CSV file.")


class RowErrors(Exception):  # noqa: N818  # an expected outcome, not a fault
    """Rows that cannot be imported; each message begins with its line."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


@transaction.atomic
def import_parties(text: str, *, by: User) -> int:
    """Store the parties of a CSV file and return how many; a known code is changed, not doubled.

    The columns are `code`, `name`, `kinds` (such as `customer carrier`) and `address`, separated by commas
    or semicolons. Raises RowErrors, and stores nothing, where a row is not valid.
    """
    heading = text.split("\n", 1)[0]
    mark = ";" if heading.count(";") > heading.count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=mark)
    try:
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise RowErrors([str(NO_CSV)]) from error
    # PostgreSQL cannot store it.
    if "\0" in text:
        raise RowErrors([str(NO_CSV)])
    if not {"code", "name"} <= set(rows.fieldnames or ()):
        raise RowErrors([_("The file needs the columns %(columns)s.") % {"columns": ", ".join(COLUMNS)}])
    errors: list[str] = []
    for line, row in numbered:
        reasons = _store({name: (row.get(name) or "").strip() for name in COLUMNS}, by=by)
        if reasons:
            shown = {"line": line, "reasons": " ".join(reasons)}
            errors.append(_("Line %(line)d: %(reasons)s") % shown)
    if errors:
        raise RowErrors(errors)
    return len(numbered)


def _store(values: dict[str, str], *, by: User) -> list[str]:
    """Store the party of a row; return why it is not valid."""
    party = Party.objects.filter(code=values["code"]).first()
    party = party or Party(code=values["code"], position=Party.objects.count() + 1)
    party.name, party.address = values["name"], values["address"] or party.address
    words = values["kinds"].casefold().replace(",", " ").split()
    if unknown := [word for word in words if word not in KINDS]:
        known = {"unknown": ", ".join(unknown), "kinds": ", ".join(KINDS)}
        return [_("%(unknown)s is no kind. The kinds are %(kinds)s.") % known]
    for word in words:
        setattr(party, KINDS[word], True)
    try:
        party.full_clean()
    except ValidationError as error:
        return list(error.messages)
    party._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    party.save()
    return []
