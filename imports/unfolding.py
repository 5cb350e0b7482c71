"""From a record to a row that waits, and back."""

import hashlib
from collections.abc import Sequence

from django.db.models import ForeignKey, Model

from imports.missing import Created
from imports.spool import Waiting
from records.models import DailyRecord
from records.module import RecordModule
from records.operations.blanks import Blank
from sites.models import Material


def import_key(site_id: int, digest: bytes) -> str:
    """Return by what the record of a row is known: by the site's id, which outlives a change of its code."""
    return hashlib.sha256(b"%d %b" % (site_id, digest)).hexdigest()


class Unfolder:
    """Makes the records of rows that wait, naming what was created where a row names what was missing."""

    def __init__(
        self,
        module: RecordModule[DailyRecord],
        created: Created | None = None,
        missing: Sequence[Material] = (),
    ) -> None:
        self._blank = Blank(module.model())
        created = created or Created()
        self._site_ids = {missing: site.pk for missing, site in created.sites.items()}
        self._material_ids = {missing: material.pk for missing, material in created.materials.items()}
        # The ledger reads master data through the record: attached, it costs no query a row.
        self._attached: list[tuple[ForeignKey[Model, Model], dict[int, Model]]] = []
        self._materials: list[str] = []
        for name in module.form.base_fields:
            column = module.model._meta.get_field(name)
            if isinstance(column, ForeignKey):
                rows = column.related_model._default_manager.all()
                self._attached.append((column, {row.pk: row for row in rows}))
                if column.related_model is Material:
                    self._attached[-1][1].update({material.pk: material for material in missing})
                    self._materials.append(column.attname)

    def record(self, row: Waiting) -> DailyRecord:
        """Return a new record each time: a write that was taken back leaves traces on one."""
        record = self._blank.record()
        record.__dict__.update(row.columns)
        record.site_id = self._site_ids.get(record.site_id, record.site_id)
        for attname in self._materials:
            named = getattr(record, attname)
            if named in self._material_ids:
                setattr(record, attname, self._material_ids[named])
        for column, rows in self._attached:
            master_data = rows.get(getattr(record, column.attname))
            if master_data is not None:
                column.set_cached_value(record, master_data)
        if row.odd:
            record.confirmed_warnings = list(dict.fromkeys([*record.confirmed_warnings, *row.odd]))
        record.import_key = import_key(record.site_id, row.digest)
        return record

    def sites_missing_in(self, record: DailyRecord) -> set[int]:
        """Return the id below zero of the site, if it is not there yet."""
        return {record.site_id} if record.site_id < 0 else set()

    def materials_missing_in(self, record: DailyRecord) -> set[int]:
        """Return the ids below zero of materials that are not there yet."""
        named = {getattr(record, attname) for attname in self._materials}
        return {key for key in named if key is not None and key < 0}
