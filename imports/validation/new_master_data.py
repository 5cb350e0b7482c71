"""Master data that a file names and that does not exist yet.

It is made as unsaved rows with ids below zero, so that every row of the file can be validated before anything
is written. Only what a row to be written names is saved, together, right before the first records; it is
deleted again if the import then fails.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from parties.models import Container, Party, Vehicle, plain, plate_code
from records.columns import CellError
from sites.models import Category, MasterData, Material, Site, User

type Named = MasterData | Site

# What a new row has by default: what comes to a yard is raw feed.
MATERIAL_DEFAULTS = {"category": Category.RAW_FEED.value}
# What an import can create, in this order, by the name under which an upload keeps the ids.
CREATED: Mapping[str, type[Named]] = {
    "sites": Site,
    "materials": Material,
    "parties": Party,
    "vehicles": Vehicle,
    "containers": Container,
}
MAX_CODE = 50
MAX_SITE_CODE = 20


@dataclass
class NewMasterData:
    """The unsaved rows, and how to make more."""

    site_fields: Mapping[str, str] = field(default_factory=dict)
    material_fields: Mapping[str, str] = field(default_factory=dict)
    rows: dict[type[models.Model], list[Named]] = field(default_factory=lambda: defaultdict(list))
    # Called with each new row, so that the forms accept it.
    on_new: Callable[[Named], None] = lambda _row: None

    def __post_init__(self) -> None:
        _require_fields(Site, self.site_fields, taken={"code", "name"})
        _require_fields(Material, self.material_fields, taken={"code", "name"})
        self._codes: dict[type[models.Model], set[str]] = {}

    def make_site(self, name: str) -> Site:
        """Make a site of this name. Raises CellError where it would not be one."""
        code = self._code(Site, name, most=MAX_SITE_CODE)
        return self._add(Site(code=code, name=without_extra_spaces(name), **self.site_fields))

    def make_material(self, name: str) -> Material:
        """Make a material of this name. Raises CellError where it would not be one."""
        values = MATERIAL_DEFAULTS | dict(self.material_fields)
        return self._add(Material(code=self._code(Material, name), name=without_extra_spaces(name), **values))

    def make_party(self, name: str, kind: str) -> Party:
        """Make a party of this name and kind, or give the kind to one that was made. Raises CellError."""
        same = (row for row in self.rows[Party] if plain(row.name) == plain(name))
        party = next((row for row in same if isinstance(row, Party)), None)
        if party is None:
            party = self._add(Party(code=self._code(Party, name), name=without_extra_spaces(name)))
        if kind:
            setattr(party, kind, True)
        return party

    def make_tared(self, model: type[Vehicle] | type[Container], name: str) -> Vehicle | Container:
        """Make a vehicle with this plate, or a container. Raises CellError where it would not be one."""
        code = plate_code(name) if model is Vehicle else self._code(model, name)
        return self._add(model(code=code, name=without_extra_spaces(name)))

    def made(self, model: type[models.Model], key: int) -> Named:
        """Return the row with an id below zero."""
        return self.rows[model][-key - 1]

    def _code(self, model: type[Named], name: str, *, most: int = MAX_CODE) -> str:
        if model not in self._codes:
            self._codes[model] = set(model._default_manager.values_list("code", flat=True))
        fallback = str(model._meta.model_name).upper()
        return code_from(name, taken=self._codes[model], most=most, fallback=fallback)

    def _add[N: Named](self, row: N) -> N:
        _require_clean(row)
        rows = self.rows[type(row)]
        row.pk = -len(rows) - 1
        if type(row) in self._codes:
            self._codes[type(row)].add(row.code)
        rows.append(row)
        self.on_new(row)
        return row


@dataclass
class CreatedMasterData:
    """The rows that were saved, by model and id below zero."""

    rows: dict[type[models.Model], dict[int, Named]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def ids(self) -> dict[str, list[int]]:
        """Return the ids by the names under which an upload keeps them."""
        return {name: [row.pk for row in self.rows[model].values()] for name, model in CREATED.items()}

    @classmethod
    def from_ids(cls, ids: Mapping[str, Collection[int]]) -> "CreatedMasterData":
        """Return the rows with these ids that are still there."""
        created = cls()
        for name, model in CREATED.items():
            found = model._default_manager.filter(pk__in=ids.get(name, ()))
            created.rows[model] = {row.pk: row for row in found}
        return created

    def remove(self, by: User) -> None:
        """Delete what no record refers to, after a failed import."""
        with transaction.atomic():
            for model in (Material, Vehicle, Container, Party, Site):
                for row in self.rows[model].values():
                    is_used = row.has_records() if isinstance(row, Site) else row.is_used()
                    if not is_used:
                        _with_user(row, by).delete()


def create_master_data(
    new: NewMasterData, ids: Mapping[type[models.Model], Iterable[int]], *, by: User
) -> CreatedMasterData:
    """Save the rows with these ids below zero, all or none. Raises ImportRefused."""
    created = CreatedMasterData()
    try:
        with transaction.atomic():
            for model in CREATED.values():
                for key in sorted(ids.get(model, ()), reverse=True):
                    created.rows[model][key] = _saved(new.made(model, key), by)
    except ValidationError as error:
        raise ImportRefused(" ".join(error.messages)) from error
    return created


def code_from(name: str, *, taken: set[str], most: int, fallback: str) -> str:
    """Return a code of capitals, digits and hyphens for a name, with a number where it is taken.

    It has at least three characters and is never a number alone.
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    base = re.sub(r"[^A-Z0-9]+", "-", letters).strip("-")
    if len(base) < 3 or base.isdigit():
        base = f"{fallback}-{base}".strip("-")
    code = base = base[:most].rstrip("-")
    number = 1
    while code in taken:
        number += 1
        code = f"{base[: most - len(str(number)) - 1].rstrip('-')}-{number}"
    return code


def without_extra_spaces(name: str) -> str:
    """Return a name without extra spaces."""
    return " ".join(name.split())


def _saved[M: models.Model](row: M, by: User) -> M:
    row.pk = None
    row.full_clean()
    _with_user(row, by).save()
    return row


def _with_user[M: models.Model](row: M, by: User) -> M:
    row._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    return row


def _require_clean(row: Named) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise CellError(
            _("“%(name)s” cannot be created: %(reason)s")
            % {"name": row.name[:50], "reason": " ".join(error.messages)}
        ) from error


def _require_fields(model: type[models.Model], values: Mapping[str, str], *, taken: Iterable[str]) -> None:
    for name, value in values.items():
        try:
            column = model._meta.get_field(name)
        except FieldDoesNotExist:
            column = None
        if not isinstance(column, models.Field) or not column.editable or name in {*taken, "id"}:
            raise ImportRefused(
                _("“%(name)s” cannot be set on a new %(kind)s.")
                % {"name": name, "kind": model._meta.verbose_name}
            )
        try:
            column.clean(value, None)
        except ValidationError as error:
            raise ImportRefused(f"{name}: {' '.join(error.messages)}") from error
