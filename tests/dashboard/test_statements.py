"""Statements: the mass balance is the ledger, the recovery names its rates, the recall names everybody."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.jobs.models import JobStatus
from dashboard.statements.mass_balance import MASS_BALANCE, MassBalance, month_of
from dashboard.statements.recall import RECALL
from dashboard.statements.recovery import RECOVERY, recovery_rates
from dashboard.statements.statement import shown_days, unapproved_days
from dispatch.module import DISPATCH
from exports.models import EXPORT_FILES, ExportAudit, ExportJob
from exports.worker import ExportRunner
from inventory.models import InventorySnapshot
from production.module import PRODUCTION
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.closing.workflow import approve_day
from records.models import DailyRecord
from records.module import RecordModule
from records.pages.dates import DateRange
from records.reports import ReportQuery
from sites.models import Category, Material, Operation, Purpose, Role, Site, StockEffect, User
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_party,
    make_site,
    make_submitted_day,
)
from tests.files import FilesOfTheTest
from tests.inventory.ledger_case import LedgerTestCase, day_of_march
from tests.records.case import heartbeat_at_rest
from transfers.actions import send_transfer

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class StatementTestCase(FilesOfTheTest, LedgerTestCase):
    storage = "exports"
    mona: User
    residue: Material
    using: Operation
    crushing: Operation

    def setUp(self) -> None:
        self.enterContext(heartbeat_at_rest())
        self.keep_files_apart()
        self.mona = make_member(self.site, role=Role.MANAGER, name="Mona")
        self.residue = make_material(code="RESIDUE", category=Category.RESIDUE, is_final=False)
        self.using = make_operation(code="USE", stock_effect=StockEffect.REMOVES, purpose=Purpose.USED)
        self.crushing = make_operation(code="DIS", stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE)
        self.project = make_party("School", is_project=True)

    def enter[R: DailyRecord](self, module: RecordModule[R], **values: object) -> R:
        values = {"date": day_of_march(2), "material": self.debris.pk, **values}
        return operations.create(
            module=module, values=values, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        ).record

    def work(self) -> None:
        """Receive 100 t, 60 of them from a project; feed 80, make 70, leave 10 residue; dispatch 30."""
        self.enter(RECEIVED, qty_ton="60", project=self.project.pk, mass_method="weighed")
        self.enter(RECEIVED, qty_ton="40")
        self.enter(PRODUCTION, operation=self.feeding.pk, qty_ton="80")
        self.enter(PRODUCTION, operation=self.making.pk, qty_ton="70", material=self.aggregate.pk)
        self.enter(PRODUCTION, operation=self.crushing.pk, qty_ton="10", material=self.residue.pk)
        self.enter(PRODUCTION, operation=self.using.pk, qty_ton="5", material=self.aggregate.pk)
        self.enter(
            DISPATCH,
            operation=self.making.pk,
            qty_ton="30",
            material=self.aggregate.pk,
            owner="Miller",
            date=day_of_march(5),
        )

    def query(self, **parameters: str) -> ReportQuery:
        return ReportQuery((self.site,), day_of_march(1), day_of_march(31), parameters)

    def page(self, name: str, **query: str) -> "Response":
        client = Client()
        client.force_login(self.mona)
        return client.get(reverse("dashboard:statement", args=[name]), {"site": self.site.code, **query})

    def file(self, name: str, file_format: str, **query: str) -> bytes:
        """Request the file of a statement, and return what the worker made."""
        client = Client()
        client.force_login(self.mona)
        address = f"{reverse('exports:report', args=[name])}?site={self.site.code}"
        address += "".join(f"&{key}={value}" for key, value in query.items())
        client.post(address, {"format": file_format})
        job = ExportJob.objects.latest("pk")
        ExportRunner().run(job.pk)
        job.refresh_from_db()
        assert job.status == JobStatus.COMPLETED, job.error
        assert job.size is not None
        return b"".join(EXPORT_FILES.blocks(job.storage_name, 0, job.size - 1, size=job.size))


class TestMassBalance(StatementTestCase):
    def test_equals_the_ledger_to_the_kilogram(self) -> None:
        self.work()
        self.count(day=9, tons="19.999")

        statement = MASS_BALANCE.statement_of(self.query())

        for row in statement.rows[:-1]:
            name, opening, *flows, closing = [cell.raw for cell in row.cells[:10]]
            rows = InventorySnapshot.objects.filter(site=self.site, material__name=name)
            latest = rows.latest("date")
            names = ("received", "produced", "consumed", "dispatched", "used", "disposed", "adjustment")
            sums = [sum((getattr(each, f"{flow}_ton") for each in rows), Decimal(0)) for flow in names]
            assert flows == [int(amount * 1000) for amount in sums]
            assert (opening, closing) == (0, int(latest.closing_ton * 1000))
        received, produced, consumed, dispatched, used, disposed, adjusted = flows
        assert closing == received + produced - consumed - dispatched - used - disposed + adjusted  # type: ignore[operator]  # whole numbers
        assert len(statement.rows) == 3

    def test_shows_weighed_deemed_and_estimated_tons_apart(self) -> None:
        self.work()
        self.enter(RECEIVED, loads="2", qty_ton="")
        sold = {"operation": self.making.pk, "material": self.aggregate.pk}
        self.enter(DISPATCH, **sold, qty_ton="4", mass_method="estimated")

        content = self.file("mass-balance", "csv", month="2026-03").decode("utf-8-sig")

        aggregate, debris, total = list(csv.DictReader(io.StringIO(content)))
        apart = {name: total[name] for name in total if ": " in name}
        assert apart == {
            "Received: Weighed (t)": "60.000",
            "Received: Deemed by a factor (t)": "36.000",
            "Received: Not stated (t)": "40.000",
            "Dispatched: Estimated (t)": "4.000",
            "Dispatched: Not stated (t)": "30.000",
        }
        assert debris["Received: Weighed (t)"] == "60.000"
        assert aggregate["Dispatched: Estimated (t)"] == "4.000"

    def test_costs_as_many_queries_for_three_sites_and_twelve_months_as_for_one(self) -> None:
        self.work()
        sites = [self.site, *(make_site(code=f"QUARRY-{n}") for n in range(2))]
        for site in sites[1:]:
            make_member(site, user=self.alice, role=Role.OPERATOR)
            for month in range(1, 13):
                operations.create(
                    module=RECEIVED,
                    values={"date": dt.date(2025, month, 2), "material": self.debris.pk, "qty_ton": month},
                    site=site,
                    by=self.alice,
                    source=Source.PAGE,
                    confirmed=True,
                )
        with CaptureQueriesContext(connection) as of_one:
            MASS_BALANCE.statement_of(self.query())

        year = ReportQuery(tuple(sites), dt.date(2025, 1, 1), dt.date(2025, 12, 31), {})
        with self.assertNumQueries(len(of_one)):
            statement = MASS_BALANCE.statement_of(year)

        assert statement.rows[-1].cells[3].raw == 2 * 78_000
        assert len(of_one) < 25

    def test_shows_the_last_whole_month_for_a_month_that_no_record_can_have(self) -> None:
        for month in ("0001-01", "9999-12", "2026-13", "٢٠٢٦-٠٣", "2026-3"):
            with self.subTest(month):
                assert month_of(month, today=dt.date(2026, 3, 15)) == DateRange(
                    dt.date(2026, 2, 1), dt.date(2026, 2, 28)
                )

    def test_leads_to_the_records_of_each_number(self) -> None:
        self.work()

        page = self.page("mass-balance", month="2026-03").content.decode()

        links = re.findall(r'<a href="(/[a-z]+/\?[^"]+)">([\d.,]+)</a>', page)
        for href, number in links:
            client = Client()
            client.force_login(self.mona)
            listing = client.get(href.replace("&amp;", "&")).context.get("listing")
            if listing is not None:
                found = sum((record.qty_ton for record in listing.page.records), Decimal(0))
                assert found == Decimal(number.replace(",", "")), href
        assert len(links) >= 5

    def test_says_which_days_are_not_approved(self) -> None:
        self.enter(RECEIVED, qty_ton="60")
        query = ReportQuery((self.site,), day_of_march(2), day_of_march(3), {})
        warnings = MASS_BALANCE.statement_of(query).warnings
        assert warnings == [f"{self.site.name}: 2 Mar – 3 Mar 2026 not approved."]

        approve_day(day=make_submitted_day(self.site, day_of_march(2), by=self.alice), by=self.mona)

        assert MASS_BALANCE.statement_of(query).warnings == [f"{self.site.name}: 3 Mar 2026 not approved."]

    def test_reads_the_days_of_all_sites_at_once(self) -> None:
        quarry = make_site(code="QUARRY")
        make_member(quarry, user=self.alice, role=Role.OPERATOR)
        self.enter(RECEIVED, qty_ton="60", date=day_of_march(8))
        dates = {"first": day_of_march(7), "last": day_of_march(9)}

        with CaptureQueriesContext(connection) as of_one:
            unapproved_days([self.site], **dates)
        with self.assertNumQueries(len(of_one)):
            days = unapproved_days([self.site, quarry], **dates)

        # 8 March is a Sunday.
        assert [day.day for day in days[self.site.pk]] == [7, 8, 9]
        assert [day.day for day in days[quarry.pk]] == [7, 9]

    def test_is_calculated_once_for_its_file_and_what_is_on_record_of_it(self) -> None:
        self.work()

        calculate = MASS_BALANCE.statement_of
        with mock.patch.object(MassBalance, "statement_of", side_effect=calculate) as statement_of:
            self.file("mass-balance", "xlsx", month="2026-03")

        assert statement_of.call_count == 1

    def test_is_a_file_whose_making_is_on_record(self) -> None:
        self.work()

        content = self.file("mass-balance", "csv", month="2026-03").decode("utf-8-sig")

        rows = list(csv.reader(io.StringIO(content)))
        assert sorted(row[0] for row in rows[1:-1]) == ["Aggregate", "Debris"]
        audit = ExportAudit.objects.get()
        assert (audit.module, audit.first, audit.last) == (
            "mass-balance",
            dt.date(2026, 3, 1),
            dt.date(2026, 3, 31),
        )
        assert "not approved" in audit.filters["Approval"]
        for file_format in ("xlsx", "pdf"):
            assert self.file("mass-balance", file_format, month="2026-03")


class TestRecovery(StatementTestCase):
    def test_names_both_rates_weighted_by_tons(self) -> None:
        self.work()

        rates = recovery_rates(self.site, first=day_of_march(1), last=day_of_march(31))

        # 70 of 70 and 10; 30 dispatched and 5 used on site of these and 10.
        assert rates.by_production is not None
        assert rates.by_outgoing is not None
        assert (float(rates.by_production), round(float(rates.by_outgoing), 4)) == (0.875, 0.7778)

    def test_does_not_count_transfers_as_outgoing(self) -> None:
        self.work()
        quarry = self._other_site()
        send_transfer(
            site=self.site,
            destination=quarry,
            values={
                "date": day_of_march(6),
                "material": self.aggregate.pk,
                "operation": self.making.pk,
                "qty_ton": "20",
            },
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )

        rates = recovery_rates(self.site, first=day_of_march(1), last=day_of_march(31))

        assert rates.by_outgoing is not None
        assert round(float(rates.by_outgoing), 4) == 0.7778

    def _other_site(self) -> Site:
        quarry = make_site(code="QUARRY")
        make_member(quarry, user=self.alice, role=Role.OPERATOR)
        return quarry

    def test_multiplies_what_a_project_delivered(self) -> None:
        self.work()

        statement = RECOVERY.statement_of(self.query(project=str(self.project.pk)))

        cells = [cell.raw for cell in statement.rows[0].cells]
        assert cells[:3] == ["Debris", 60_000, 60_000]
        assert cells[-4:] == [875_000, 52_500, 777_778, 46_667]
        assert dict(statement.facts)[self.site.name] == (
            "recovery rate by production 87.5\N{NO-BREAK SPACE}%, by outgoing tons 77.8\N{NO-BREAK SPACE}%"
        )

    def test_is_a_file_that_verify_export_knows(self) -> None:
        self.work()
        dates = {"from": "2026-03-01", "to": "2026-03-31"}

        content = self.file("recovery", "pdf", project=str(self.project.pk), **dates)

        assert content.startswith(b"%PDF")
        path = self.enterContext(NamedTemporaryFile(suffix=".pdf"))
        path.write(content)
        path.flush()
        output = io.StringIO()
        call_command("verify_export", path.name, stdout=output)
        assert "Statement of recovery" in output.getvalue()

    def test_offers_no_project_of_another_site(self) -> None:
        far = make_party("Far school", is_project=True)
        far.sites.add(make_site(code="FAR"))
        answer = self.page("recovery", project=str(far.pk))

        self.assertNotContains(answer, "Far school")
        self.assertContains(answer, "Choose a project.")


class TestRecall(StatementTestCase):
    def test_shows_weighed_deemed_and_estimated_tons_apart(self) -> None:
        sold = {"operation": self.making.pk, "material": self.debris.pk, "owner": "Miller"}
        self.enter(RECEIVED, qty_ton="100")
        self.enter(DISPATCH, **sold, qty_ton="4", mass_method="estimated")
        self.enter(DISPATCH, **sold, qty_ton="3", mass_method="weighed")
        self.enter(DISPATCH, **sold, qty_ton="", loads="1")
        self.enter(DISPATCH, **sold, qty_ton="2")
        query = {"material": str(self.debris.pk), "from": "2026-03-01", "to": "2026-03-31"}

        content = self.file("recall", "csv", **query).decode("utf-8-sig")
        page = self.page("recall", **query).content.decode()

        miller = next(csv.DictReader(io.StringIO(content)))
        names = ("Tons", "Weighed", "Deemed by a factor", "Estimated", "Not stated")
        assert [miller[f"{name} (t)"] for name in names] == ["27.000", "3.000", "18.000", "4.000", "2.000"]
        assert all(f'data-label="{name}"' in page for name in names)
        for file_format in ("xlsx", "pdf"):
            assert self.file("recall", file_format, **query)

    def test_names_everybody_who_received_a_material(self) -> None:
        self.work()
        meyer = make_party("Meyer Ltd", is_customer=True)
        meyer.address = "1 High Street"
        meyer.save()
        old = make_party("Meyer", is_customer=True)
        for party, tons in ((meyer, "7"), (old, "3")):
            self.enter(
                DISPATCH,
                operation=self.making.pk,
                qty_ton=tons,
                material=self.aggregate.pk,
                party=party.pk,
                project=self.project.pk,
                date=day_of_march(6),
            )
        old.is_active, old.merged_into = False, meyer
        old.save()
        dates = {"from": "2026-03-01", "to": "2026-03-31", "material": str(self.aggregate.pk)}

        page = self.page("recall", **dates).content.decode()
        rows = list(csv.reader(io.StringIO(self.file("recall", "csv", **dates).decode("utf-8-sig"))))

        assert "1 High Street" in page
        assert [(row[0], row[4], row[5]) for row in rows[1:]] == [
            ("Miller", "1", "30.000"),
            ("Meyer Ltd", "2", "10.000"),
            ("Total", "3", "40.000"),
        ]

    def test_keeps_an_own_site_apart_from_an_owner_of_the_same_text(self) -> None:
        self.work()
        quarry = make_site(code="QUARRY", name="Quarry")
        make_member(quarry, user=self.alice, role=Role.OPERATOR)
        for owner, tons in (("Quarry", "6"), ("Miller", "2")):
            send_transfer(
                site=self.site,
                destination=quarry,
                values={
                    "date": day_of_march(6),
                    "material": self.aggregate.pk,
                    "operation": self.making.pk,
                    "qty_ton": tons,
                    "owner": owner,
                },
                by=self.alice,
                source=Source.PAGE,
                confirmed=True,
            )

        rows = RECALL.statement_of(self.query(material=str(self.aggregate.pk))).rows

        assert [(row.cells[0].raw, row.cells[5].raw) for row in rows[:-1]] == [
            ("Miller", 30_000),
            ("Own site: Quarry", 8_000),
        ]
        # The list has no filter for the first without the transfer, nor for the second.
        assert [row.cells[0].href for row in rows[:-1]] == ["", ""]

    def test_leads_to_the_records_without_a_party(self) -> None:
        self.work()
        miller = make_party("Miller", is_customer=True)
        values = {"operation": self.making.pk, "material": self.aggregate.pk, "date": day_of_march(6)}
        self.enter(DISPATCH, qty_ton="7", party=miller.pk, owner="Miller", **values)
        client = Client()
        client.force_login(self.mona)

        for row in RECALL.statement_of(self.query(material=str(self.aggregate.pk))).rows[:-1]:
            listing = client.get(row.cells[0].href).context["listing"]
            assert sum(int(record.qty_ton * 1000) for record in listing.page.records) == row.cells[5].raw

    def test_asks_for_the_material(self) -> None:
        self.assertContains(self.page("recall"), "Choose a material.")
        self.assertContains(self.page("recall", material="x"), "Choose a material.")


class TestShownDays:
    def test_are_ranges(self) -> None:
        days = [day_of_march(day) for day in (1, 2, 3, 7)]

        assert shown_days(days) == "1 Mar – 3 Mar 2026, 7 Mar 2026"

    def test_say_both_years_of_days_around_new_year(self) -> None:
        days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1)]

        assert shown_days(days) == "31 Dec 2025 – 1 Jan 2026"
