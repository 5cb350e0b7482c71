"""Loads of files: tickets, times, weights, parties; each ticket once."""

import datetime as dt
from decimal import Decimal
from typing import override

from django.db import transaction

from dispatch.models import Dispatch
from exports.datasets.selection import FileFormat
from imports.models import Upload, UploadStatus
from inventory.models import LoadState
from parties.models import PartyNumber, Spelling, Vehicle, plain
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.choices import Source
from records.models import DailyRecord
from records.operations import delete, update
from sites.models import EntryMode
from tests.factories import make_party, make_vehicle, make_weighbridge
from tests.imports.pages_case import PagesCase, csv_of, xlsx_of
from tests.imports.test_exports_and_templates import OwnFilesCase

HEADINGS = ("Date", "Ticket No", "Time in", "Time out", "Material", "Gross (kg)", "Tare (kg)", "Net (kg)")


def ticket(
    number: str = "T-1",
    *,
    date: str = "2026-03-02",
    first: str = "07:12",
    last: str = "07:31",
    gross: str = "38460",
    tare: str = "14120",
    net: str = "24340",
) -> tuple[str, ...]:
    return (date, number, first, last, "DEBRIS", gross, tare, net)


class LoadsCase(PagesCase):
    def only_load(self) -> ReceivedMaterial:
        return ReceivedMaterial.objects.get()

    def checked(self, *rows: object, headings: object = HEADINGS, **options: str) -> Upload:
        upload = self.upload(csv_of(headings, *rows), **options)  # type: ignore[arg-type]  # of rows
        assert upload.status == UploadStatus.CHECKED, upload.error
        return upload

    def reasons(self, upload: Upload) -> list[str]:
        return [problem.reason for problem in upload.problems.errors()]


class TestLoads(LoadsCase):
    def test_a_file_of_a_weighbridge_comes_in_as_loads(self) -> None:
        upload = self.import_it(self.checked(ticket()))

        load = self.only_load()
        assert upload.status == UploadStatus.DONE
        assert (load.ticket_no, load.load_state, load.mass_method) == ("T-1", LoadState.COMPLETE, "weighed")
        assert (load.gross_ton, load.tare_ton, load.qty_ton) == (
            Decimal("38.460"),
            Decimal("14.120"),
            Decimal("24.340"),
        )
        assert load.time_in == dt.datetime(2026, 3, 2, 7, 12, tzinfo=self.site.zone)
        assert load.time == dt.datetime(2026, 3, 2, 7, 31, tzinfo=self.site.zone)
        assert load.loads == 1

    def test_the_preview_shows_what_only_loads_have(self) -> None:
        upload = self.checked(ticket())

        assert {"Ticket", "Gross", "Tare", "Time in"} <= set(upload.preview["labels"])
        assert "38.46" in self.page(upload)

    def test_a_workbook_with_times_of_the_day_is_read(self) -> None:
        row = (dt.date(2026, 3, 2), "7", dt.time(7, 12), dt.time(7, 31), "DEBRIS", 38460, 14120, 24340)
        self.import_it(self.upload(xlsx_of(HEADINGS, row), name="loads.xlsx"))

        assert self.only_load().time == dt.datetime(2026, 3, 2, 7, 31, tzinfo=self.site.zone)

    def test_a_site_of_daily_lines_takes_a_ticket_as_no_load(self) -> None:
        self.site.received_as = EntryMode.LINES
        self.site.save()

        self.import_it(
            self.upload(csv_of(("Date", "Ticket", "Material", "Tons"), ("2026-03-02", "T-1", "DEBRIS", "12")))
        )

        assert self.only_load().load_state == ""


class TestWeights(LoadsCase):
    def test_two_of_three_weights_give_the_third(self) -> None:
        rows = [ticket("T-1", net=""), ticket("T-2", tare=""), ticket("T-3", gross="")]

        self.import_it(self.checked(*rows))

        weights = ReceivedMaterial.objects.values_list("gross_ton", "tare_ton", "qty_ton")
        assert set(weights) == {(Decimal("38.460"), Decimal("14.120"), Decimal("24.340"))}

    def test_a_net_that_is_not_gross_less_tare_is_rejected(self) -> None:
        upload = self.checked(ticket(net="24430"))

        assert upload.rows_rejected == 1
        assert "Gross 38.46 t less tare 14.12 t is 24.34 t, not 24.43 t." in self.reasons(upload)

    def test_pounds_keep_their_net_to_the_kilogram(self) -> None:
        headings = [heading.replace("kg", "lb") for heading in HEADINGS]

        self.import_it(self.checked(ticket(gross="84801", tare="31130", net="53671"), headings=headings))

        load = self.only_load()
        assert load.qty_ton == Decimal("24.345")
        assert load.gross_ton is not None
        assert load.tare_ton is not None
        assert load.gross_ton - load.tare_ton == load.qty_ton

    def test_asks_for_the_unit_of_each_weight(self) -> None:
        headings = [heading.replace(" (kg)", "") for heading in HEADINGS]
        upload = self.upload(csv_of(headings, ticket()))

        assert upload.status == UploadStatus.NEW
        page = self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        assert page.count("38,460 is") == 1
        assert page.count("14,120 is") == 1
        assert page.count("24,340 is") == 1

    def test_a_gross_and_a_tare_alone_are_enough(self) -> None:
        headings, rows = HEADINGS[:-1], ticket()[:-1]

        self.import_it(self.checked(rows, headings=headings))

        assert self.only_load().qty_ton == Decimal("24.340")

    def test_a_ticket_without_a_weight_is_rejected_and_not_deemed_by_the_usual_load(self) -> None:
        upload = self.checked(ticket(gross="", tare="", net=""))

        assert self.reasons(upload) == ["Enter tons, or loads."]


class TestTimes(LoadsCase):
    def test_a_moment_without_a_date_gives_the_operating_date(self) -> None:
        self.site.day_starts_at = dt.time(6)
        self.site.save()
        headings = ("Ticket", "Time", "Material", "Tons")

        self.import_it(
            self.checked(
                ("T-1", "2026-03-03 05:59", "DEBRIS", "12"),
                ("T-2", "2026-03-03 06:00", "DEBRIS", "12"),
                headings=headings,
            )
        )

        dates = ReceivedMaterial.objects.order_by("ticket_no").values_list("date", flat=True)
        assert list(dates) == [dt.date(2026, 3, 2), dt.date(2026, 3, 3)]

    def _at_night(self) -> Upload:
        self.site.day_starts_at = dt.time(6)
        self.site.save()
        return self.upload(csv_of(HEADINGS, ticket(date="2026-03-03", first="01:50", last="02:10")))

    def test_asks_for_the_date_of_a_time_at_night(self) -> None:
        upload = self._at_night()

        assert upload.status == UploadStatus.NEW
        assert (
            "The dates of these times are"
            in self.client.get(f"/imports/{upload.pk}/columns/").content.decode()
        )

    def test_a_date_of_the_calendar_is_the_operating_date_before(self) -> None:
        self.import_it(self.answered(self._at_night(), {"ticket_dates": "calendar"}))

        load = self.only_load()
        assert load.date == dt.date(2026, 3, 2)
        assert load.time == dt.datetime(2026, 3, 3, 2, 10, tzinfo=self.site.zone)

    def test_an_operating_date_is_kept(self) -> None:
        self.import_it(self.answered(self._at_night(), {"ticket_dates": "operating"}))

        load = self.only_load()
        assert load.date == dt.date(2026, 3, 3)
        assert load.time == dt.datetime(2026, 3, 4, 2, 10, tzinfo=self.site.zone)

    def test_a_lorry_over_midnight_leaves_on_the_next_day_and_the_row_says_so(self) -> None:
        upload = self.checked(ticket(first="23:50", last="00:20"))

        assert "Out at 00:20 is before in at 23:50" in self.page(upload)
        self.import_it(upload)
        load = self.only_load()
        assert load.time == dt.datetime(2026, 3, 3, 0, 20, tzinfo=self.site.zone)
        assert load.date == dt.date(2026, 3, 2)

    def test_moments_at_the_ends_of_the_calendar_are_rejected(self) -> None:
        rows = [
            ticket("T-1", date="9999-12-31", first="23:50", last="00:20"),
            ticket("T-2", date="0001-01-01", first="00:10", last="00:20"),
        ]
        moments = csv_of(
            ("Ticket", "Time out", "Material", "Tons"), ("T-1", "0001-01-01 00:00", "DEBRIS", "12")
        )

        for content, rejected in ((csv_of(HEADINGS, *rows), 2), (moments, 1)):
            upload = self.upload(content)
            assert (upload.status, upload.rows_rejected) == (UploadStatus.CHECKED, rejected), upload.error

    def test_times_are_read_as_people_write_them(self) -> None:
        for number, text in enumerate(["7:31", "07:31:00", "7:31 AM", "07h31", "0731", "7.31"]):
            with self.subTest(text):
                upload = self.checked(ticket(f"T-{number}", last=text))
                assert upload.rows_rejected == 0, self.reasons(upload)
                (row,) = upload.preview["rows"]
                assert "2 Mar 2026 07:31" in row


class TestTickets(LoadsCase):
    def test_the_same_ticket_is_left_out_and_another_one_is_rejected(self) -> None:
        self.import_it(self.checked(ticket()))

        # Another cell makes it another row for the fingerprint of rows.
        again = self.answered(self.upload(csv_of((*HEADINGS, "Operator"), (*ticket(), "x"))), {})
        assert (again.rows_known, again.rows_rejected, again.rows_to_write) == (1, 0, 0)
        other = self.checked(ticket(gross="38560", net="24440"))
        assert (other.rows_known, other.rows_rejected) == (0, 1)
        (reason,) = self.reasons(other)
        assert f"Received load {self.only_load().pk} has this ticket number: Tons is" in reason

    def test_a_load_that_was_corrected_since_is_still_the_same(self) -> None:
        self.import_it(self.checked(ticket()))
        load = self.only_load()
        values = RECEIVED.form.values_of(load) | {"notes": "checked"}
        update(
            module=RECEIVED,
            record_id=load.pk,
            values=values,
            by=self.alice,
            source=Source.PAGE,
            version=load.version,
        )

        again = self.answered(self.upload(csv_of((*HEADINGS, "Operator"), (*ticket(), "x"))), {})

        assert (again.rows_known, again.rows_rejected) == (1, 0)

    def test_a_ticket_twice_in_a_file_is_one_load(self) -> None:
        upload = self.checked(ticket(), ticket(), ticket("T-2"))

        assert (upload.rows_to_write, upload.rows_known, upload.rows_rejected) == (2, 1, 0)
        assert "repeats a ticket of this file" in self.page(upload)

    def test_a_ticket_twice_with_other_content_is_rejected(self) -> None:
        upload = self.checked(ticket(), ticket(gross="38560", net="24440"))

        assert self.reasons(upload) == ["Line 2 has this ticket number with other content."]

    def test_a_weighbridge_that_gives_numbers_gives_them(self) -> None:
        make_weighbridge(self.site)
        headings = ("Date", "Weighbridge", "Material", "Tons")

        self.import_it(
            self.checked(*[("2026-03-02", "W1", "DEBRIS", tons) for tons in ("12", "13")], headings=headings)
        )

        numbers = ReceivedMaterial.objects.order_by("qty_ton").values_list("ticket_no", flat=True)
        assert list(numbers) == ["W1-000001", "W1-000002"]


class TestParties(LoadsCase):
    headings = (*HEADINGS, "Carrier", "Customer", "Plate")

    @override
    def setUp(self) -> None:
        super().setUp()
        self.haul = make_party("Haul & Co", code="HAUL", is_carrier=True)
        self.acme = make_party("Acme", code="ACME", is_customer=True)

    def rows(self, carrier: str, customer: str, plate: str = "") -> tuple[str, ...]:
        return (*ticket(), carrier, customer, plate)

    def test_parties_are_found_by_code_name_number_and_spelling(self) -> None:
        PartyNumber.objects.create(party=self.acme, kind="VAT", number="DE 123456789")
        Spelling.objects.create(party=self.acme, key=plain("ACME Demolition"))
        for text in ("acme", "ACME", "DE123456789", "VAT DE 123456789", "Acme  demolition"):
            with self.subTest(text):
                upload = self.checked(self.rows("haul&co", text), headings=self.headings)
                assert upload.rows_rejected == 0, self.reasons(upload)
        self.import_it(upload)
        load = self.only_load()
        assert (load.carrier, load.party, load.source) == (self.haul, self.acme, "Acme")

    def test_a_plate_is_found_in_any_spelling(self) -> None:
        lorry = make_vehicle("B-DO 17")

        self.import_it(self.checked(self.rows("HAUL", "ACME", "b do17"), headings=self.headings))

        assert self.only_load().vehicle == lorry
        assert self.only_load().vehicle_ref == "B-DO 17"

    def test_unknown_names_are_rejected_and_mapped_in_the_preview(self) -> None:
        upload = self.checked(self.rows("Haulers", "Acme Ltd"), headings=self.headings)
        assert self.reasons(upload) == ["There is no carrier “Haulers”.", "There is no party “Acme Ltd”."]

        upload = self.post(upload, "corrections", {"value-0": "HAUL", "value-1": "ACME"})

        assert upload.rows_rejected == 0
        self.import_it(upload)
        assert (self.only_load().carrier, self.only_load().party) == (self.haul, self.acme)

    def test_unknown_names_are_kept_as_texts(self) -> None:
        upload = self.answered(
            self.checked(self.rows("Haulers", "Acme Ltd", "XX 1"), headings=self.headings),
            {"unknown_parties": "text"},
        )

        self.import_it(upload)
        load = self.only_load()
        assert (load.carrier, load.party, load.source, load.vehicle_ref) == (None, None, "Acme Ltd", "XX 1")
        assert load.notes == "Carrier: Haulers"

    def test_an_admin_creates_unknown_parties_and_vehicles(self) -> None:
        client = self.as_(self.ada)
        content = csv_of(self.headings, self.rows("Haulers", "Acme Ltd", "XX 1"))
        upload = self.upload(content, client=client)

        upload = self.answered(upload, {"creating": ["parties"]}, by=self.ada)

        assert "Acme Ltd" in self.page(upload, client=client)
        self.import_it(upload, client=client)
        load = self.only_load()
        assert load.carrier is not None
        assert (load.carrier.name, load.carrier.is_carrier) == ("Haulers", True)
        assert load.party is not None
        assert (load.party.code, load.party.is_supplier) == ("ACME-LTD", True)
        assert load.vehicle == Vehicle.objects.get(code="XX1")

    def test_a_party_of_another_site_is_not_known(self) -> None:
        self.acme.sites.set([self.other_site])

        upload = self.checked(self.rows("HAUL", "ACME"), headings=self.headings)

        assert self.reasons(upload) == ["There is no party “ACME”."]


class TestDispatch(LoadsCase):
    def test_a_delivery_of_another_system_is_a_load(self) -> None:
        upload = self.checked(
            (*ticket()[:5], "MAKE", *ticket()[5:]),
            headings=(*HEADINGS[:5], "Operation", *HEADINGS[5:]),
            module="dispatch",
        )

        self.import_it(upload)

        assert Dispatch.objects.get().ticket_no == "T-1"


class TestExports(OwnFilesCase):
    def test_exported_loads_come_back_unchanged(self) -> None:
        load = self._load()
        cancelled = self.enter(
            "received", date="", time="2026-03-02T08:00", ticket_no="T-2", qty_ton="", loads="",
            load_state="cancelled", load_reason="wrong yard", notes="", source="", reference="",
        )  # fmt: skip
        before = self._values(load), self._values(cancelled)
        columns = [column.name for column in RECEIVED.entered_columns]
        for file_format, name in ((FileFormat.CSV, "received.csv"), (FileFormat.XLSX, "received.xlsx")):
            content = self.exported("received", file_format, "id", "site", *columns)
            with self.subTest(name), transaction.atomic():
                upload = self.upload(content, name=name)
                assert upload.status == UploadStatus.CHECKED, upload.error
                assert (upload.rows_known, upload.rows_rejected) == (2, 0), upload.preview["reasons"]

                self._delete(load, cancelled)
                upload = self.upload(content, name=name)
                assert upload.rows_rejected == 2
                upload = self.answered(upload, {"number_column": ""})
                assert upload.rows_to_write == 2, (upload.status, upload.error, upload.preview)
                self.import_it(upload)
                found = ReceivedMaterial.objects.order_by("ticket_no")
                assert tuple(map(self._values, found)) == before
                transaction.set_rollback(True)

    def _load(self) -> ReceivedMaterial:
        party = make_party("Acme", code="ACME", is_customer=True)
        carrier = make_party("Haul & Co", code="HAUL", is_carrier=True)
        vehicle = make_vehicle("B-DO 17", carrier=carrier)
        record = self.enter(
            "received",
            date="",
            time_in="2026-03-02T07:12",
            time="2026-03-02T07:31:05",
            ticket_no="T-1",
            vehicle=vehicle.pk,
            party=party.pk,
            order_reference="PO 7",
            gross_ton="38.460",
            tare_ton="14.120",
            tare_source="manual",
            qty_ton="",
            loads="",
            source="",
            reference="",
            notes="as weighed",
        )
        assert isinstance(record, ReceivedMaterial)
        return record

    def _delete(self, *records: DailyRecord) -> None:
        for record in records:
            delete(module=RECEIVED, record_id=record.pk, by=self.alice, source=Source.PAGE, confirmed=True)

    def _values(self, record: DailyRecord) -> dict[str, object]:
        names = [column.name for column in RECEIVED.entered_columns]
        return {name: getattr(record, f"{name}_id", getattr(record, name)) for name in names}
