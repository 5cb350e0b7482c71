"""Approved days have the tons of production by their meaning instead of in one figure.

The figures come from the records of the day, which cannot change while it is closed. Where their sum is not the
approved one, as of a day that was reopened and corrected, the figure stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import migrations
from django.db.models import F, Sum

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.models import Model

WHOLE = "qty_ton"
PARTS = ("output_ton", "not_for_sale_ton", "feed_ton", "residue_ton", "other_ton")
# Parts that days approved by a later version have as well.
LATER_PARTS = ("used_ton", "disposed_ton")


def split(apps: "Apps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
    """Replace the one figure of production by those of its parts."""
    del schema_editor
    for day in _approved_days(apps):
        figures = _production_of(day)
        if figures is None or WHOLE not in figures:
            continue
        parts = _parts_of(apps, day)
        if sum(parts.values()) == Decimal(figures[WHOLE]):
            del figures[WHOLE]
            figures.update({name: f"{parts[name]:.3f}" for name in PARTS})
            day.save(update_fields=["approved_figures"])


def join(apps: "Apps", schema_editor: "BaseDatabaseSchemaEditor") -> None:
    """Replace the parts by their sum."""
    del schema_editor
    for day in _approved_days(apps):
        figures = _production_of(day)
        if figures is None or WHOLE in figures:
            continue
        figures[WHOLE] = str(
            sum(Decimal(figures.pop(name)) for name in (*PARTS, *LATER_PARTS) if name in figures)
        )
        day.save(update_fields=["approved_figures"])


def _approved_days(apps: "Apps") -> "Iterator[Model]":
    """Yield approved days and the versions in their history."""
    for name in ("SiteDay", "HistoricalSiteDay"):
        days = apps.get_model("records", name)._default_manager
        yield from days.filter(approved_figures__isnull=False).order_by("pk").iterator(chunk_size=500)


def _production_of(day: "Model") -> dict[str, str] | None:
    """Return the figures of production that are stored with a day, to be changed."""
    lines: list[dict[str, object]] = day.approved_figures  # type: ignore[attr-defined]  # of the SiteDay
    line = next((line for line in lines if (line["module"], line["of"]) == ("production", None)), None)
    figures = line["figures"] if line is not None else None
    assert figures is None or isinstance(figures, dict)
    return figures


def _parts_of(apps: "Apps", day: "Model") -> Mapping[str, Decimal]:
    records = apps.get_model("production", "Production")._default_manager
    of_day = records.filter(site=day.site_id, date=day.date).order_by()  # type: ignore[attr-defined]  # the same
    sums = of_day.values(purpose=F("operation__purpose"), is_final=F("material__is_final")).annotate(
        tons=Sum("qty_ton")
    )
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for found in sums:
        name = found["purpose"]
        if name == "product":
            name = "output" if found["is_final"] else "not_for_sale"
        parts[f"{name}_ton"] += found["tons"]
    return parts


class Migration(migrations.Migration):
    dependencies = [
        ("production", "0004_index_of_deletions_by_change"),
        ("records", "0005_approved_figures_by_id"),
        ("sites", "0010_decimal_mark_is_known"),
    ]

    operations = [migrations.RunPython(split, join)]
