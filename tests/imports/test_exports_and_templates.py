"""Exports are imported again without changes, and template workbooks without questions."""

import io
from decimal import Decimal
from typing import override

from django.test import Client
from openpyxl import load_workbook

from equipment.models import EquipmentLog, Machine
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.writers.write import write_file
from imports.models import Upload, UploadStatus
from manpower.models import ManpowerRole
from production.models import Production
from received.models import ReceivedMaterial
from records import operations, registry
from records.choices import Source
from records.models import DailyRecord
from tests.exports.case import CREATION
from tests.factories import make_counter, make_downtime_reason, make_machine, make_material, make_role
from tests.imports.pages_case import PagesCase
from tests.records.case import MONDAY, TUESDAY

MODULES = [module.slug for module in registry.modules()]


class OwnFilesCase(PagesCase):
    machine: Machine
    role: ManpowerRole

    @override
    def setUp(self) -> None:
        super().setUp()
        self.machine = make_machine(self.site, code="CR-1", name="Jaw crusher")
        self.role = make_role(code="OPS", name="Operators")
        self.reason = make_downtime_reason(code="BELT")
        self.counter = make_counter(self.site, machine=self.machine, code="METER")

    def enter(self, slug: str, **changes: object) -> DailyRecord:
        values: dict[str, object] = {
            "date": MONDAY,
            "material": self.debris.pk,
            "operation": self.making.pk,
            "qty_ton": "12.345",
            "loads": "3",
            "owner": "Miller & Sons",
            "reference": "+49 30",
            "source": "@home",
            "equipment": self.machine.pk,
            "role": self.role.pk,
            "headcount": "3",
            "hours": "7.25",
            "counted_ton": "0.1",
            "fuel": "120.5",
            "reason": self.reason.pk,
            "minutes": "50",
            "counter": self.counter.pk,
            "opening": "100.125",
            "closing": "108",
            "event": "reset" if slug == "readings" else "new",
            "notes": "=1+1, message “he”\nand left",
            **changes,
        }
        return operations.create(
            module=registry.module(slug),
            values=values,
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        ).record

    def exported(self, slug: str, file_format: FileFormat, *columns: str) -> bytes:
        """Return an export, with these columns or those of every export."""
        selection = Selection(
            module=slug,
            sites=(self.site,),
            first=MONDAY,
            last=TUESDAY,
            granularity=Granularity.DAILY,
            filters={},
            columns=columns,
        )
        file = io.BytesIO()
        write_file(selection, file_format=file_format, creation=CREATION, to=file)
        return file.getvalue()

    def everything(self, slug: str) -> tuple[list[object], int]:
        """Return every column of every record, and how many lines the history has."""
        model = registry.module(slug).model
        return list(model._default_manager.order_by("pk").values()), model.history.count()


class TestExport(OwnFilesCase):
    def test_comes_back_and_changes_nothing(self) -> None:
        for slug in MODULES:
            self.enter(slug)
            self.enter(slug, date=TUESDAY, notes="as it was", loads="", source="", owner="", reference="")
            before = self.everything(slug)
            for file_format in (FileFormat.CSV, FileFormat.XLSX):
                with self.subTest(slug=slug, file_format=file_format):
                    content = self.exported(slug, file_format)

                    upload = self.upload(content, name=f"export.{file_format}", module="")

                    assert (upload.status, upload.module) == (UploadStatus.CHECKED, slug), upload.error
                    assert upload.preview["reasons"] == []
                    assert (upload.rows_known, upload.rows_to_write, upload.rows_rejected) == (2, 0, 0)
                    assert self.everything(slug) == before

    def test_that_says_something_else_of_a_record_is_refused_in_words(self) -> None:
        record = self.enter("received")
        content = self.exported("received", FileFormat.CSV).replace(b"12.345", b"13.000")

        upload = self.upload(content, name="export.csv", module="")

        page = self.page(upload)
        assert (upload.rows_known, upload.rows_rejected) == (0, 1)
        assert f"Record {record.pk} exists and differs: Tons is “12.345”" in page
        assert f"/received/{record.pk}/history/" in page

    def test_of_a_record_that_is_gone_is_refused_in_words(self) -> None:
        record = self.enter("received")
        content = self.exported("received", FileFormat.CSV)
        module = registry.module("received")
        operations.delete(module=module, record_id=record.pk, by=self.alice, source=Source.PAGE)

        upload = self.upload(content, name="export.csv", module="")

        assert f"Record {record.pk} does not exist" in self.page(upload)

    def test_takes_lines_that_were_added_to_it(self) -> None:
        self.enter("received")
        content = self.exported("received", FileFormat.CSV)
        content += b"YARD-NORTH,2026-03-03,DEBRIS,5.000,,,,,,\r\n"

        upload = self.import_it(self.upload(content, name="export.csv", module=""))

        assert upload.rows_known == 1
        assert sorted(str(row.qty_ton) for row in ReceivedMaterial.objects.all()) == ["12.345", "5.000"]

    def test_of_another_site_says_nothing_of_its_records(self) -> None:
        record = self.enter("received")
        content = self.exported("received", FileFormat.CSV)

        upload = self.upload(content, module="", client=self.as_(self.oscar), site="QUARRY-1")

        assert upload.rows_rejected == 1
        assert f"Record {record.pk} does not exist" in self.page(upload, client=self.as_(self.oscar))


class TestTemplate(OwnFilesCase):
    def filled_in(self, slug: str, *rows: list[object], client: Client | None = None) -> bytes:
        answer = (client or self.client).get(f"/imports/template/{slug}/?site=YARD-NORTH")
        assert answer.status_code == 200
        book = load_workbook(io.BytesIO(answer.content))
        for row in rows:
            book.worksheets[0].append(row)
        packed = io.BytesIO()
        book.save(packed)
        return packed.getvalue()

    def test_of_every_module_comes_in_without_a_question(self) -> None:
        rows: dict[str, list[object]] = {
            "production": [MONDAY, "Whole day", "Aggregate", "MAKE", 12.345, "wet"],
            "received": [MONDAY, "Debris", 12.345, 3, "Miller", "AB-1", None, "wet"],
            "dispatch": [MONDAY, "Aggregate", "MAKE", 12.345, None, None, "Miller", "LS-1", None],
            "equipment": [MONDAY, "Morning", "Jaw crusher", 1, 7.25, "Operational", 120.5, None],
            "downtime": [MONDAY, "Morning", "Jaw crusher", "BELT", "07:10", "08:00", 50, "New stop", None],
            "readings": [MONDAY, "Morning", "METER", 100.125, 108, "Nothing", None],
            "manpower": [MONDAY, "Night", "Operators", 3, 7.25, None],
            "inventory": [MONDAY, "Debris", 12.345, "counted"],
        }
        for slug in MODULES:
            with self.subTest(slug=slug):
                upload = self.upload(
                    self.filled_in(slug, rows[slug]), name="filled.xlsx", module="", site="all"
                )
                assert upload.preview.get("reasons") == []
                self.import_it(upload)

                assert upload.module == slug
                assert registry.module(slug).model._default_manager.get().site == self.site
        assert Production.objects.get().qty_ton == Decimal("12.345")
        assert EquipmentLog.objects.get().equipment == self.machine

    def test_offers_the_choices_of_its_site(self) -> None:
        make_machine(self.other_site, code="X-9", name="Elsewhere")
        make_material(code="OLD", name="Old", is_active=False)

        book = load_workbook(io.BytesIO(self.filled_in("equipment")))
        offered = [cell.value for row in book["Choices"].iter_rows(min_row=2) for cell in row]
        rules = [rule.type for rule in book.worksheets[0].data_validations.dataValidation]

        assert "Jaw crusher" in offered
        assert "Elsewhere" not in offered
        assert sorted(rules) == ["date", "decimal", "decimal", "list", "list", "list", "whole"]
        assert [cell.value for cell in book.worksheets[0][1]][:5] == [
            "Date",
            "Shift",
            "Machine",
            "Units",
            "Hours per unit (h)",
        ]

    def test_names_what_shares_a_name_by_its_code(self) -> None:
        make_material(code="DEBRIS-2", name="Debris")

        book = load_workbook(io.BytesIO(self.filled_in("received")))

        offered = {cell.value for row in book["Choices"].iter_rows(min_row=2) for cell in row}
        assert {"DEBRIS", "DEBRIS-2"} <= offered

    def test_is_brought_to_its_own_site_whatever_the_page_is_about(self) -> None:
        content = self.filled_in("received", [MONDAY, "Debris", 1], client=self.as_(self.ada))

        upload = self.upload(content, name="f.xlsx", module="", site="QUARRY-1", client=self.as_(self.ada))

        assert upload.preview["sites"] == ["YARD-NORTH"]

    def test_of_a_site_that_is_not_theirs_must_be_set_up(self) -> None:
        content = self.filled_in("received", [MONDAY, "Debris", 1])

        upload = self.upload(content, name="f.xlsx", module="", site="QUARRY-1", client=self.as_(self.oscar))

        assert upload.status == UploadStatus.NEW
        assert Upload.objects.count() == 1

    def test_is_for_those_who_may_import(self) -> None:
        assert self.as_(self.victor).get("/imports/template/received/?site=YARD-NORTH").status_code == 403
        assert self.as_(self.oscar).get("/imports/template/received/?site=YARD-NORTH").status_code == 404
        assert self.client.get("/imports/template/nothing/?site=YARD-NORTH").status_code == 404
