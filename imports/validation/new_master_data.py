"""Sites and materials that a file names and that do not exist yet.

They are made as unsaved rows with ids below zero, so that every row of the file can be validated before
anything is written. Only those that a row to be written names are saved, together, right before the first
records; they are deleted again if the import then fails.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from records.columns import CellError
from sites.models import Category, Material, Site, User

# What a new row has by default: what comes to a yard is raw feed.
MATERIAL_DEFAULTS = {"category": Category.RAW_FEED.value}


@dataclass
class NewMasterData:
    """The unsaved rows, and how to make more."""

    site_fields: Mapping[str, str] = field(default_factory=dict)
    material_fields: Mapping[str, str] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    # Called with each new material, so that the forms accept it.
    on_material: Callable[[Material], None] = lambda _material: None

    def __post_init__(self) -> None:
        _require_fields(Site, self.site_fields, taken={"code", "name"})
        _require_fields(Material, self.material_fields, taken={"code", "name"})
        self._site_codes: set[str] | None = None
        self._material_codes: set[str] | None = None

    def make_site(self, name: str) -> Site:
        """Make a site of this name. Raises CellError where it would not be one."""
        if self._site_codes is None:
            self._site_codes = set(Site.objects.values_list("code", flat=True))
        code = code_from(name, taken=self._site_codes, most=20, fallback="SITE")
        site = Site(code=code, name=without_extra_spaces(name), **self.site_fields)
        _require_clean(site)
        site.pk = -len(self.sites) - 1
        self._site_codes.add(code)
        self.sites.append(site)
        return site

    def make_material(self, name: str) -> Material:
        """Make a material of this name. Raises CellError where it would not be one."""
        if self._material_codes is None:
            self._material_codes = set(Material.objects.values_list("code", flat=True))
        code = code_from(name, taken=self._material_codes, most=50, fallback="MATERIAL")
        material = Material(
            code=code, name=without_extra_spaces(name), **(MATERIAL_DEFAULTS | dict(self.material_fields))
        )
        _require_clean(material)
        material.pk = -len(self.materials) - 1
        self._material_codes.add(code)
        self.materials.append(material)
        self.on_material(material)
        return material


@dataclass
class CreatedMasterData:
    """The rows that were saved, by their id below zero."""

    sites: dict[int, Site] = field(default_factory=dict)
    materials: dict[int, Material] = field(default_factory=dict)

    def remove(self, by: User) -> None:
        """Delete what no record refers to, after a failed import."""
        with transaction.atomic():
            for material in self.materials.values():
                if not material.is_used():
                    _with_user(material, by).delete()
            for site in self.sites.values():
                if not site.has_records():
                    _with_user(site, by).delete()


def create_master_data(
    new: NewMasterData, *, sites: set[int], materials: set[int], by: User
) -> CreatedMasterData:
    """Save the rows with these ids below zero, all or none. Raises ImportRefused."""
    created = CreatedMasterData()
    try:
        with transaction.atomic():
            for placeholder in sorted(sites, reverse=True):
                created.sites[placeholder] = _saved(new.sites[-placeholder - 1], by)
            for placeholder in sorted(materials, reverse=True):
                created.materials[placeholder] = _saved(new.materials[-placeholder - 1], by)
    except ValidationError as error:
        raise ImportRefused(" ".join(error.messages)) from error
    return created


def code_from(name: str, *, taken: set[str], most: int, fallback: str) -> str:
    """Return a code of capitals, digits and hyphens for a name, with a number where it is taken.

    It has at least three characters and is never a number alone.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    base = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")
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


def _require_clean(row: Site | Material) -> None:
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
