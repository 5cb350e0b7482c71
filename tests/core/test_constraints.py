"""Every named rule is held by the database itself, and tells its sentence on both databases."""

import datetime as dt
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, models, transaction

from core.db.constraints import is_unique_violation, violated_constraint
from inventory.models import InventorySnapshot, StockCount
from parties.models import Weighbridge
from production.models import Production
from received.models import ReceivedMaterial
from records.models import Batch, NothingToday, Reminder, SiteDay, Submission, operation_writes
from tests.factories import make_people, make_weighbridge
from tests.records.case import MONDAY, TUESDAY, RecordsTestCase

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)

# What breaks each rule, on a row that is otherwise right; a unique rule is broken by a second such row.
TWICE: dict[str, object] = {}
BROKEN: dict[type[models.Model], dict[str, dict[str, object]]] = {
    Production: {
        "production_production_import_key_unique": {"import_key": "row 1", "date": TUESDAY},
        "production_production_qty_range": {"qty_ton": Decimal(0)},
        "production_production_unique": TWICE,
        "production_production_shift_known": {"shift": "dusk"},
    },
    ReceivedMaterial: {
        "received_receivedmaterial_import_key_unique": {"import_key": "row 1"},
        "received_receivedmaterial_qty_range": {"qty_ton": Decimal(1_000_000)},
        "received_receivedmaterial_loads_range": {"loads": 10_000},
        "received_receivedmaterial_moisture_range": {"moisture_percent": Decimal("100.01")},
        "received_receivedmaterial_estimate_whole": {"is_estimated": True},
        "received_receivedmaterial_net": {"gross_ton": Decimal(3)},
        "received_receivedmaterial_tare_source": {"tare_source": "weighed"},
        "received_receivedmaterial_load_state": {"load_state": "cancelled", "qty_ton": Decimal(0)},
        "received_ticket_unique": {"ticket_no": "7", "load_state": "complete", "weighbridge": "made here"},
        "received_site_ticket_unique": {"ticket_no": "7", "load_state": "complete"},
        "received_transfer_unique": {"sent_id": 7},
    },
    StockCount: {
        "inventory_stockcount_import_key_unique": {"import_key": "row 1", "date": TUESDAY},
        "inventory_stockcount_unique": TWICE,
        "inventory_stockcount_range": {"counted_ton": Decimal(-1)},
    },
    InventorySnapshot: {
        "inventory_snapshot_unique": TWICE,
        "inventory_snapshot_equation": {"closing_ton": Decimal(1)},
        "inventory_snapshot_closes_as_counted": {"adjustment_ton": Decimal(1), "closing_ton": Decimal(1)},
    },
    SiteDay: {
        "records_siteday_unique": TWICE,
        "records_siteday_submitted_paired": {"submitted_at": NOW},
        "records_siteday_approved_paired": {"approved_at": NOW},
        "records_siteday_reopened_paired": {"reopened_at": NOW},
        "records_siteday_submitted_by_somebody": {"status": "submitted"},
        "records_siteday_approved_after_submission": {"status": "approved"},
        "records_siteday_reopened_with_reason": {"status": "reopened"},
    },
    NothingToday: {
        "records_nothingtoday_unique": TWICE,
        "records_nothingtoday_reasoned": {"reason": ""},
    },
    Reminder: {"records_reminder_unique": TWICE},
    Batch: {"records_batch_undone_paired": {"undone_at": NOW}},
    Submission: {"records_submission_unique": TWICE},
}


class TestNamedConstraints(RecordsTestCase):
    weighbridge: Weighbridge

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.weighbridge = make_weighbridge(cls.site)

    def row(self, model: type[models.Model], changes: Mapping[str, object]) -> models.Model:
        if "weighbridge" in changes:
            changes = {**changes, "weighbridge": self.weighbridge}
        sensible = {
            "site": self.site,
            "date": MONDAY,
            "material": self.debris,
            "operation": self.making,
            "qty_ton": Decimal(1),
            "counted_ton": None if model is InventorySnapshot else Decimal(1),
            "change_number": 1,
            "import_key": "row 1" if "import_key" in changes else "",
            "entry_source": "page",
            "source": "import" if model is Batch else "",
            "created_at": NOW,
            "updated_at": NOW,
            "created_by": self.alice,
            "updated_by": self.alice,
            "module": "received",
            "user": self.alice,
            "key": "form-1",
            "fingerprint": "f",
            "answer": {},
            "reason": "No lorry came",
            "noted_at": NOW,
            "noted_by": self.alice,
            "kind": "clerk",
            "person": self.alice,
        }
        columns = {field.name for field in model._meta.concrete_fields}
        return model(**{name: value for name, value in {**sensible, **changes}.items() if name in columns})

    def write(self, row: models.Model) -> None:
        with transaction.atomic(), operation_writes():
            row.save(force_insert=True)

    def test_are_all_in_this_table(self) -> None:
        for model, broken in BROKEN.items():
            named = {constraint.name for constraint in model._meta.constraints}

            assert named == set(broken), model

    def test_reject_what_breaks_them_by_their_names(self) -> None:
        for model, broken in BROKEN.items():
            for name, changes in broken.items():
                is_unique = name.endswith("unique")
                with self.subTest(constraint=name), transaction.atomic():
                    if is_unique:
                        first = {column: value for column, value in changes.items() if column != "date"}
                        self.write(self.row(model, first))

                    with pytest.raises(IntegrityError) as refused:
                        self.write(self.row(model, changes))
                    constraint = violated_constraint(model, refused.value)

                    assert constraint is not None
                    assert constraint.name == name
                    assert is_unique_violation(refused.value) == is_unique
                    transaction.set_rollback(True)

    def test_have_a_sentence_for_people(self) -> None:
        for model in BROKEN:
            for constraint in model._meta.constraints:
                if model is Submission:
                    continue  # reported by KeyReused
                sentence = str(constraint.get_violation_error_message())

                assert sentence.endswith("."), constraint.name
                assert "Constraint" not in sentence, constraint.name

    def test_of_another_model_are_not_matched(self) -> None:
        with pytest.raises(IntegrityError) as refused:
            self.write(self.row(Production, {"qty_ton": Decimal(0)}))

        assert violated_constraint(ReceivedMaterial, refused.value) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL knows regular expressions")
class TestDatabaseFile:
    def test_can_be_checked_without_django(self) -> None:
        make_people()
        path = connection.settings_dict["NAME"]

        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as other:
            found = other.execute("PRAGMA integrity_check").fetchall()

        assert found == [("ok",)]
