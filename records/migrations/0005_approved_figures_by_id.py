"""Approved figures name the material of a row by its id, since its code can change.

A row is found by the code that the material had at the approval. One whose material is gone keeps its name and
has no id that is in use.
"""

import datetime as dt
from collections.abc import Callable

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

LEDGER = "inventory"
# Figures of nothing were left out until now.
FIGURES = {
    LEDGER: (
        "opening_ton",
        "produced_ton",
        "received_ton",
        "consumed_ton",
        "dispatched_ton",
        "adjustment_ton",
        "closing_ton",
    ),
    "received": ("loads",),
    "dispatch": ("loads", "trips"),
}
PART = 500

type Line = dict[str, object]


class Codes:
    """The codes of materials by time."""

    def __init__(self, apps: StateApps) -> None:
        self.now = dict(apps.get_model("sites", "Material").objects.values_list("code", "pk"))
        versions = apps.get_model("sites", "HistoricalMaterial").objects.order_by(
            "history_date", "history_id"
        )
        self._versions: dict[int, list[tuple[dt.datetime, str]]] = {}
        for key, at, code in versions.values_list("id", "history_date", "code"):
            self._versions.setdefault(key, []).append((at, code))

    def code_of(self, key: int, at: dt.datetime) -> str | None:
        """Return the code that a material had, or the first one that is known."""
        versions = self._versions.get(key, [])
        before = [code for when, code in versions if when <= at]
        if before or versions:
            return before[-1] if before else versions[0][1]
        return next((code for code, pk in self.now.items() if pk == key), None)

    def id_of(self, code: str, at: dt.datetime) -> int | None:
        """Return the material that had a code, else the one that has it now, else one that ever had it."""
        then = (key for key in self._versions if self.code_of(key, at) == code)
        ever = (key for key, versions in self._versions.items() if code in (known for _at, known in versions))
        return next(then, None) or self.now.get(code) or next(ever, None)


def _change_all(apps: StateApps, change: Callable[[list[Line], dt.datetime], list[Line]]) -> None:
    for model in (apps.get_model("records", "SiteDay"), apps.get_model("records", "HistoricalSiteDay")):
        changed = []
        for day in model.objects.filter(approved_figures__isnull=False).iterator(chunk_size=PART):
            day.approved_figures = change(day.approved_figures, day.approved_at)
            changed.append(day)
            if len(changed) == PART:
                model.objects.bulk_update(changed, ["approved_figures"])
                changed = []
        model.objects.bulk_update(changed, ["approved_figures"])


def by_id(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    codes = Codes(apps)

    def change(lines: list[Line], at: dt.datetime) -> list[Line]:
        changed = []
        for number, line in enumerate(lines, start=1):
            of = line["of"]
            if of == "":
                of = None
            elif isinstance(of, str):
                # The code of a material that is gone is kept for the way back.
                of = codes.id_of(of, at) or -number
            zeros = dict.fromkeys(FIGURES.get(str(line["module"]), ()), "0")
            figures = line["figures"]
            assert isinstance(figures, dict)
            code = {"code": line["of"]} if isinstance(of, int) and of < 0 else {}
            changed.append({**line, "of": of, **code, "figures": {**zeros, **figures}})
        return changed

    _change_all(apps, change)


def by_code(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    codes = Codes(apps)

    def change(lines: list[Line], at: dt.datetime) -> list[Line]:
        changed = []
        for stored in lines:
            line = dict(stored)
            of, kept = line["of"], line.pop("code", None)
            if of is None:
                line["of"] = ""
            elif isinstance(of, int):
                line["of"] = kept or codes.code_of(of, at) or str(of)
            changed.append(line)
        return changed

    _change_all(apps, change)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_plain_names"),
        ("sites", "0010_decimal_mark_is_known"),
    ]

    operations = [migrations.RunPython(by_id, by_code)]
