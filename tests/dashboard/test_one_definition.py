"""One definition of output and one sum over the ledger: what is wrong there is wrong in every place."""

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from http import HTTPStatus
from unittest import mock

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from core.db.prepared import PreparedQuery
from core.jobs.cancellation import never_cancelled
from dashboard.cards import DayFigures
from dashboard.chart_figures import CHARTS
from dashboard.charts import ChartPeriod, ChartRequest
from dashboard.day_sheet.cells import definitions
from dashboard.day_sheet.grid import Grid
from dashboard.sites_overview import site_rows
from dashboard.statements.mass_balance import MASS_BALANCE
from exports.datasets.rows import ExportTable, row_source
from exports.datasets.selection import FileFormat, Granularity, Selection
from exports.writers.pdf.summary import summary_of
from exports.writers.pdf.table import PAGE_FORMATS, read_table
from exports.writers.write import write_day_report, write_file
from inventory.figures import closings_of, stock_by_category, stock_by_material, stock_levels, stock_periods
from inventory.ledger.snapshots import SnapshotQuerySet, SumRow
from production.figures import plant_flows
from production.models import Production, ProductionQuerySet
from production.module import PRODUCTION
from production.months import TargetMonth
from records.closing.figures import figures_of_day
from records.reports import ReportQuery
from sites.models import Purpose, StockEffect
from tests.dashboard.case import FRAGMENT, TODAY, DashboardCase
from tests.exports.case import CREATION
from tests.exports.sheets import by_openpyxl
from tests.factories import make_operation, make_production

type Places = Mapping[str, Callable[[], object]]


class OneDefinitionCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        self.receive("100")
        self.produce("40")
        make_production(self.site, self.debris, feeding, by=self.people.alice, date=TODAY, tons="7")

    def chart(self, name: str) -> object:
        return CHARTS[name].build(ChartRequest([self.site], ChartPeriod(TODAY, 7), self.site.code)).facts

    def api(self) -> bytes:
        self.client.force_login(self.people.alice)
        answer = self.client.get("/api/dashboard/metrics", {"siteId": self.site.pk})
        assert answer.status_code == HTTPStatus.OK, answer.content
        return answer.content

    def assert_all_change(self, places: Places, broken: AbstractContextManager[object]) -> None:
        def compile_again(query: PreparedQuery[Production, object], **given: object) -> list[object]:
            return compiled(PreparedQuery(query._build), **given)

        compiled = PreparedQuery.all
        before = {name: place() for name, place in places.items()}
        with broken, mock.patch.object(PreparedQuery, "all", compile_again):
            after = {name: place() for name, place in places.items()}

        assert [name for name in places if before[name] == after[name]] == []


class TestOutput(OneDefinitionCase):
    def test_has_one_definition_behind_every_place_that_shows_it(self) -> None:
        period = {"first": TODAY, "last": TODAY}
        places: Places = {
            "card": lambda: DayFigures([self.site], TODAY).production,
            "chart": lambda: self.chart("production"),
            "month": lambda: TargetMonth([self.site], date=TODAY).whole.made_ton,
            "all sites": lambda: [row.total("production") for row in site_rows({self.site: TODAY})],
            "balance": lambda: sum(flow.output_ton for flow in plant_flows([self.site], **period).values()),
            "list": lambda: Production.objects.output().count(),
            "API": self.api,
            "totals of the list": self.totals_of_list,
            "totals of the list as a fragment": lambda: self.totals_of_list(FRAGMENT),
            "day sheet": self.day_sheet,
            "approved figures": lambda: figures_of_day(self.site, TODAY),
            "workbook": lambda: self.rows_of_workbook(Granularity.DAILY),
            "workbook of weekly totals": lambda: self.rows_of_workbook(Granularity.WEEKLY),
            "CSV of monthly totals": self.monthly_csv,
            "PDF": self.pdf_totals,
            "summary and chart of the PDF": lambda: summary_of(connection, self.selection()),
            "day report": self.day_report,
        }

        # As if feed used were output too.
        wrong = Q(operation__purpose__in=[Purpose.PRODUCT, Purpose.FEED])
        broken = mock.patch.object(ProductionQuerySet, "output_condition", return_value=wrong)
        self.assert_all_change(places, broken)

    def totals_of_list(self, headers: Mapping[str, str] | None = None) -> str:
        self.client.force_login(self.people.alice)
        query = {"site": self.site.code, "from": TODAY.isoformat(), "to": TODAY.isoformat(), "totals": "1"}
        target = {"HX-Target": "totals"} if headers else {}
        page = self.client.get(reverse("production:list"), query, headers={**(headers or {}), **target})
        return page.content.decode().split("<tfoot")[1].split("</tfoot>")[0]

    def day_sheet(self) -> object:
        definitions.clear()  # its queries are compiled once
        return Grid(PRODUCTION, site=self.site, date=TODAY, takes_entries=False).totals

    def selection(self, granularity: Granularity = Granularity.DAILY) -> Selection:
        return Selection(
            module="production", sites=(self.site,), first=TODAY, last=TODAY, granularity=granularity
        )

    def rows_of_workbook(self, granularity: Granularity) -> object:
        file = io.BytesIO()
        write_file(self.selection(granularity), file_format=FileFormat.XLSX, creation=CREATION, to=file)
        return by_openpyxl(file.getvalue(), "Production")

    def monthly_csv(self) -> bytes:
        file = io.BytesIO()
        selection = self.selection(Granularity.MONTHLY)
        write_file(selection, file_format=FileFormat.CSV, creation=CREATION, to=file)
        return file.getvalue()

    def pdf_totals(self) -> object:
        selection = self.selection()
        source = row_source(connection, selection, selection.chosen(FileFormat.PDF))
        return read_table(ExportTable("", source, source.count()), PAGE_FORMATS, check=never_cancelled).totals

    def day_report(self) -> object:
        file = io.BytesIO()
        write_day_report(self.site, TODAY, file_format=FileFormat.XLSX, creation=CREATION, to=file)
        return by_openpyxl(file.getvalue(), "Production")


class TestLedgerSums(OneDefinitionCase):
    def test_have_one_place_behind_every_page_and_the_api(self) -> None:
        period = {"first": TODAY, "last": TODAY}
        sums = SnapshotQuerySet.sums

        def twice(rows: SnapshotQuerySet, *columns: str, **of: object) -> list[SumRow]:
            found: list[SumRow] = sums(rows, *columns, **of)  # type: ignore[arg-type]  # passed on as they came
            return [
                tuple(value * 2 if isinstance(value, Decimal) else value for value in row) for row in found
            ]

        places: Places = {
            "cards": lambda: DayFigures([self.site], TODAY).received,
            "flow chart": lambda: self.chart("flow"),
            "category chart": lambda: stock_by_category([self.site], first=TODAY.replace(day=1), last=TODAY),
            "all sites": lambda: [row.total("received") for row in site_rows({self.site: TODAY})],
            "stock page": lambda: stock_by_material([self.site], date=TODAY),
            "material page": self.page_of_material,
            "balance": lambda: stock_periods([self.site], **period).whole,
            "API": self.api,
        }

        self.assert_all_change(places, mock.patch.object(SnapshotQuerySet, "sums", twice))

    def page_of_material(self) -> str:
        address = reverse("inventory:material", args=[self.debris.pk])
        self.client.force_login(self.people.alice)
        page = self.client.get(address, {"site": self.site.code, "to": TODAY.isoformat()})
        return page.content.decode().split('id="ledger"')[1]

    def test_read_stock_on_a_date_from_one_place_by_site_one_by_material_and_one_by_both(self) -> None:
        by_site: Places = {
            "card": lambda: DayFigures([self.site], TODAY).stock,
            "all sites": lambda: [row.total("stock") for row in site_rows({self.site: TODAY})],
            "material": lambda: closings_of(self.debris, [self.site], date=TODAY),
            "API": self.api,
        }
        by_material: Places = {
            "stock page": lambda: stock_by_material([self.site], date=TODAY),
            "levels chart": lambda: stock_levels([self.site], date=TODAY),
        }
        by_place: Places = {
            "balance": lambda: stock_periods([self.site], first=TODAY, last=TODAY).by_material,
            "mass balance": lambda: MASS_BALANCE.statement_of(ReportQuery((self.site,), TODAY, TODAY, {})),
        }

        wrong = {self.site.pk: Decimal(1)}
        self.assert_all_change(
            by_site, mock.patch.object(SnapshotQuerySet, "closings_by_site", return_value=wrong)
        )
        self.assert_all_change(
            by_material, mock.patch.object(SnapshotQuerySet, "closings_by_material", return_value=[])
        )
        self.assert_all_change(
            by_place, mock.patch.object(SnapshotQuerySet, "closings_by_place", return_value={})
        )
