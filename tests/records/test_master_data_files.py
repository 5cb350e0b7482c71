"""Master data in the administration: files with a preview, rows changed together, duplicates merged."""

import datetime as dt
import io
import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from alerts.models import Kind
from equipment.models import Machine
from equipment.readings.models import Counter
from inventory.figures import current_stock
from manpower.models import ManpowerRole
from parties.models import Party, Vehicle
from records.closing.workflow import approve_day
from records.operations.merge import merge_master_data
from sites.admin import files
from sites.models import Category, Holiday, Material, Role, Site, User
from tests.factories import (
    make_downtime,
    make_downtime_reason,
    make_machine,
    make_manpower_log,
    make_material,
    make_member,
    make_operation,
    make_party,
    make_production,
    make_received,
    make_role,
    make_rule,
    make_site,
    make_submitted_day,
    make_target,
    make_threshold,
    make_user,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def ada() -> User:
    return make_user(is_superuser=True, name="Ada")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def address(model: type[models.Model], name: str, *args: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def upload(client: Client, model: type[models.Model], content: str | bytes) -> "Response":
    content = content.encode() if isinstance(content, str) else content
    return client.post(address(model, "import"), {"file": SimpleUploadedFile("file", content)})


def confirm(client: Client, model: type[models.Model], preview: "Response") -> "Response":
    [signed] = re.findall(r'name="rows" value="([^"]+)"', preview.text)
    return client.post(address(model, "import"), {"rows": signed})


def errors_of(page: "Response") -> str:
    """Return the errors of a page, without marks."""
    listed = re.findall(r'<ul class="errorlist".*?</ul>', page.text, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", " ".join(listed)).replace("&#x27;", "'")


class TestImport:
    def test_shows_what_it_would_change_and_changes_it_once_confirmed(
        self, client: Client, ada: User
    ) -> None:
        known = make_material(code="SAND", name="Sand", tons_per_load="10")
        make_material(code="SAME", name="Same", category=Category.AGGREGATES)
        text = (
            "code;name;category;tons per load\n"
            "SAND;Fine sand;aggregates;12,5\n"
            "NEW;Gravel;Aggregates;\n"
            "SAME;Same;aggregates;\n"
        )

        preview = upload(client, Material, text)

        known.refresh_from_db()
        assert known.name == "Sand"
        assert "<del>Sand</del> → Fine sand" in preview.text
        assert "1 row is here already." in preview.text
        answer = confirm(client, Material, preview)
        known.refresh_from_db()
        assert answer.headers["Location"] == address(Material, "changelist")
        assert (known.name, known.tons_per_load) == ("Fine sand", Decimal("12.5"))
        assert known.history.latest().history_user == ada
        gravel = Material.objects.get(code="NEW")
        assert (gravel.category, gravel.is_active) == ("aggregates", True)
        assert gravel.position > known.position

    def test_says_in_how_many_records_a_changed_row_is_used(self, client: Client, ada: User) -> None:
        site, material = make_site(), make_material(code="SAND", name="Sand")
        make_received(site, material, by=ada, date=MONDAY, tons="1")

        renamed = upload(client, Material, "code,name\nSAND,Fine sand\n")
        inactive = upload(client, Material, "code,is_active\nSAND,no\n")

        assert "Received material: 1" in renamed.text
        assert "Received material: 1" not in inactive.text

    def test_rejects_the_file_with_a_sentence_for_each_row(self, client: Client, ada: User) -> None:
        used = make_material(code="USED", name="Used")
        make_received(make_site(), used, by=ada, date=MONDAY, tons="1")
        text = (
            "code,name,category,is_final,tons_per_load\n"
            "USED,Used,fine,yes,\n"
            "A,,aggregates,yes,\n"
            "B,B,cheese,yes,\n"
            "C,C,aggregates,perhaps,\n"
            "D,D,aggregates,yes,heavy\n"
            "D,D again,aggregates,yes,1\n"
        )

        page = upload(client, Material, text)

        errors = errors_of(page)
        for sentence in (
            "Row 2: Category: It has been used, so this stays as it is.",
            "Row 3: Name: This field is required.",
            "Row 4: Category: Select a valid choice. cheese",
            "Row 5: Product that can be sold: “perhaps” is neither yes nor no.",
            "Row 6: Tons per load:",
            "Row 7: “D” is in row 6 already.",
        ):
            assert sentence in errors
        assert 'name="rows"' not in page.text
        assert Material.objects.count() == 1

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "empty"),
            (b"\xff\xfe\x00", "not in UTF-8"),
            (b"code,name\nA,B\0\n", "neither CSV nor"),
            (b'code,name\nA,"B\n', "neither CSV nor"),
            (b"code,name\n", "no rows"),
            (b"code,colour\nA,red\n", "no column “colour”"),
            (b"name\nSand\n", "needs the column “code”"),
            (b"code,code,name\nA,B,C\n", "“code” is there twice"),
            (b"code,name\nA,B,C\n", "Row 2 has more cells"),
            (b"PK\x03\x04 no archive", "cannot be read"),
            (b"\xd0\xcf\x11\xe0 no workbook", "cannot be read"),
            (b"code,name\n" + b"A,B\n" * 5001, "more than 5000 rows"),
            (b"code\n" + b"A" * 1024 * 1024, "more than 1 MB"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(self, client: Client, content: bytes, sentence: str) -> None:
        page = upload(client, Material, content)

        assert page.status_code == HTTPStatus.OK
        assert sentence in errors_of(page)

    def test_does_not_import_what_was_not_previewed(self, client: Client) -> None:
        preview = upload(client, Material, "code,name,category\nA,A,fine\n")
        [signed] = re.findall(r'name="rows" value="([^"]+)"', preview.text)
        other = Client()
        other.force_login(make_user(is_superuser=True))

        for person, model, sent in (
            (client, Material, signed + "x"),
            (client, ManpowerRole, signed),
            (other, Material, signed),
        ):
            page = person.post(address(model, "import"), {"rows": sent})
            assert "The preview has expired." in page.text
        assert not Material.objects.exists()

    def test_imports_nothing_where_something_has_changed_since_the_preview(self, client: Client) -> None:
        preview = upload(client, Material, "code,name,category\nA,Sand,fine\nB,Gravel,fine\n")
        make_material(code="C", name="Gravel")

        page = confirm(client, Material, preview)

        assert "Row 3: Name: Another active one has this name." in errors_of(page)
        assert not Material.objects.filter(code="A").exists()

    def test_reads_workbooks_and_what_was_exported(self, client: Client) -> None:
        make_material(code="A", name="=1+1", tons_per_load="1.25")
        make_site(code="YARD")
        make_holiday = Workbook()
        sheet = make_holiday.active
        for row in (["site", "date", "name"], ["YARD", dt.date(2026, 12, 24), "Christmas Eve"]):
            sheet.append(row)
        saved = io.BytesIO()
        make_holiday.save(saved)

        confirm(client, Holiday, upload(client, Holiday, saved.getvalue()))
        for file_format in ("csv", "xlsx"):
            exported = client.get(address(Material, "export", file_format)).content
            assert "Every row of the file is here already" in upload(client, Material, exported).text

        holiday = Holiday.objects.get()
        assert (holiday.site.code, holiday.date, holiday.name) == (
            "YARD",
            dt.date(2026, 12, 24),
            "Christmas Eve",
        )

    def test_finds_machines_by_site_and_code_and_parties_with_their_sites(self, client: Client) -> None:
        here, there = make_site(code="HERE"), make_site(code="THERE")
        for site in (here, there):
            make_machine(site, code="EX1", name="Excavator")

        confirm(client, Machine, upload(client, Machine, "site,code,name\nTHERE,EX1,Big excavator\n"))
        party = 'code,name,is_customer,sites\nACME,Acme Ltd,yes,"HERE, THERE"\n'
        confirm(client, Party, upload(client, Party, party))
        unknown = upload(client, Party, "code,name,sites\nACME,Acme,NOWHERE\n")

        assert Machine.objects.get(site=there).name == "Big excavator"
        assert Machine.objects.get(site=here).name == "Excavator"
        acme = Party.objects.get()
        assert (acme.kinds, set(acme.sites.all())) == (["customer"], {here, there})
        assert "There is none with the code “NOWHERE”." in errors_of(unknown)

    def test_finds_a_machine_of_the_site_of_the_row(self, client: Client) -> None:
        for code in ("HERE", "THERE"):
            make_machine(make_site(code=code), code="EX1", name="Excavator")
        text = "site,code,name,equipment,kind\nTHERE,H1,Hours,EX1,hours\n"

        confirm(client, Counter, upload(client, Counter, text))

        assert Counter.objects.get().equipment.site.code == "THERE"

    def test_finds_a_vehicle_by_its_plate(self, client: Client) -> None:
        carrier = make_party("Haulage", code="HAUL", is_carrier=True)

        confirm(client, Vehicle, upload(client, Vehicle, "name,carrier\nB-DO 17,HAUL\n"))
        again = upload(client, Vehicle, "name\nb do 17\n")

        assert Vehicle.objects.get().carrier == carrier
        assert "spelled otherwise" in errors_of(again)


class TestExport:
    def test_has_the_rows_of_the_filtered_list(self, client: Client) -> None:
        make_material(code="A", name="=1+1")
        make_material(code="B", name="Old", is_active=False)
        query = "?is_active__exact=1"

        listed = client.get(address(Material, "changelist") + query).text
        text = client.get(address(Material, "export", "csv") + query).content.decode("utf-8-sig")
        workbook = load_workbook(io.BytesIO(client.get(address(Material, "export", "xlsx")).content))

        assert f"{address(Material, 'export', 'csv')}{query}" in listed
        assert [line.split(",")[:2] for line in text.splitlines()] == [["code", "name"], ["A", "'=1+1"]]
        assert workbook.active["B2"].value == "'=1+1"

    def test_is_for_admins_in_a_known_format(self, client: Client) -> None:
        member = Client()
        member.force_login(make_member(make_site(), role=Role.MANAGER))

        assert client.get(address(Material, "export", "exe")).status_code == HTTPStatus.NOT_FOUND
        assert member.get(address(Material, "export", "csv")).status_code == HTTPStatus.FOUND
        assert member.get(address(Material, "import")).status_code == HTTPStatus.FOUND


class TestChangeFields:
    def change(self, client: Client, *rows: Material, **values: str) -> "Response":
        chosen = {"action": "edit_selected", "_selected_action": [str(row.pk) for row in rows]}
        return client.post(address(Material, "changelist"), {**chosen, **values})

    def test_asks_for_values_and_gives_them_to_all(self, client: Client, ada: User) -> None:
        rows = [make_material(code=code) for code in "AB"]

        page = self.change(client, *rows)
        self.change(client, *rows, edited="yes", uom="load", tons_per_load="12")

        assert "What you leave empty stays as it is." in page.text
        for row in rows:
            row.refresh_from_db()
            assert (row.uom, row.tons_per_load, row.category) == ("load", Decimal(12), "aggregates")
            assert row.history.latest().history_user == ada

    def test_changes_none_where_one_cannot_be_changed(self, client: Client, ada: User) -> None:
        used, unused = make_material(code="USED"), make_material(code="UNUSED")
        make_received(make_site(), used, by=ada, date=MONDAY, tons="1")

        page = self.change(client, used, unused, edited="yes", category="fine")

        assert "Received material: 1" in page.text
        assert "It has been used, so this stays as it is." in errors_of(page)
        unused.refresh_from_db()
        assert unused.category == "aggregates"

    def test_needs_a_value(self, client: Client) -> None:
        page = self.change(client, make_material(), edited="yes")

        assert "Enter a value to change." in errors_of(page)


class TestMerge:
    def test_lets_records_name_the_one_that_stays(self, ada: User) -> None:
        site = make_site()
        sand, same = make_material(code="SAND", name="Sand"), make_material(code="SAND2", name="Sand, washed")
        make_received(site, sand, by=ada, date=MONDAY, tons="10")
        record = make_received(site, same, by=ada, date=MONDAY, tons="2.5")
        make_production(site, same, make_operation(), by=ada, date=MONDAY, tons="4")

        count = merge_master_data(rows=[same], into=sand, by=ada)

        record.refresh_from_db()
        same.refresh_from_db()
        assert (count, record.material, same.is_active) == (2, sand, False)
        assert current_stock([site], date=MONDAY) == Decimal("16.5")
        assert record.history.latest().history_user == ada
        assert record.version == 2

    def test_changes_nothing_where_a_day_is_closed(self, ada: User) -> None:
        site = make_site()
        roles = make_role(), make_role()
        make_manpower_log(site, roles[1], by=ada, date=MONDAY, headcount=1)
        approve_day(day=make_submitted_day(site, MONDAY, by=ada), by=ada)
        make_manpower_log(site, roles[1], by=ada, date=MONDAY + dt.timedelta(days=1), headcount=1)

        with pytest.raises(ValidationError, match="Nothing was merged") as refused:
            merge_master_data(rows=[roles[1]], into=roles[0], by=ada)

        assert "2026-03-02" in " ".join(refused.value.messages)
        assert not ManpowerRole.objects.filter(is_active=False).exists()
        assert roles[1].is_used()

    def test_changes_nothing_where_a_record_would_be_there_twice(self, ada: User) -> None:
        site = make_site()
        roles = make_role(), make_role()
        for role in roles:
            make_manpower_log(site, role, by=ada, date=MONDAY, headcount=1)

        with pytest.raises(ValidationError, match="Nothing was merged"):
            merge_master_data(rows=[roles[1]], into=roles[0], by=ada)

    def test_changes_nothing_where_a_record_would_get_other_figures(self, ada: User) -> None:
        site = make_site()
        sand, same = make_material(tons_per_load="20"), make_material(tons_per_load="10")
        record = make_received(site, same, by=ada, date=MONDAY, tons="", loads="2")
        crusher, duplicate = make_machine(site), make_machine(site, tons_per_hour="60")
        stop = make_downtime(duplicate, make_downtime_reason(code="BELT"), by=ada, date=MONDAY, minutes=60)

        for row, into in ((same, sand), (duplicate, crusher)):
            with pytest.raises(ValidationError, match="2026-03-02: its figures would change"):
                merge_master_data(rows=[row], into=into, by=ada)

        record.refresh_from_db()
        stop.refresh_from_db()
        assert (record.material, record.qty_ton) == (same, Decimal(20))
        assert (stop.equipment, stop.tons_lost) == (duplicate, Decimal(60))

    def test_changes_nothing_where_a_rule_or_a_threshold_watches_the_row(self, ada: User) -> None:
        site, sand = make_site(), make_material()
        watched, low = make_material(), make_material()
        make_rule(site, Kind.STOCK_BELOW, watched, level_ton=Decimal(5))
        make_threshold(site, low)

        for row, sentence in ((watched, "Alert rules: 1"), (low, "thresholds: 1")):
            with pytest.raises(ValidationError, match=sentence):
                merge_master_data(rows=[row], into=sand, by=ada)

    def test_needs_rows_that_mean_the_same(self, ada: User) -> None:
        sand, feed = make_material(name="Sand"), make_material(name="Feed", is_final=False)
        here, there = make_machine(make_site()), make_machine(make_site())
        with_target = make_material(name="Gravel")
        make_target(make_site(), "10", since=MONDAY, material=with_target)

        for row, into, sentence in (
            (feed, sand, "differ in: product that can be sold"),
            (here, there, "differ in: site"),
            (with_target, sand, "is also used in: Targets: 1"),
        ):
            with pytest.raises(ValidationError, match=sentence):
                merge_master_data(rows=[row], into=into, by=ada)

    def test_asks_which_one_stays(self, client: Client, ada: User) -> None:
        sand, same = make_material(name="Sand"), make_material(name="Sand, washed")
        make_received(make_site(), same, by=ada, date=MONDAY, tons="2.5")
        chosen = {"action": "merge", "_selected_action": [str(sand.pk), str(same.pk)]}

        page = client.post(address(Material, "changelist"), chosen)
        done = client.post(address(Material, "changelist"), {**chosen, "into": str(sand.pk)}, follow=True)

        assert "Which one stays?" in page.text
        assert "Received material: 1" in page.text
        assert "1 record was changed." in done.text


def test_a_time_zone_is_typed_and_checked(client: Client) -> None:
    page = client.get(address(Site, "add")).text

    assert '<datalist id="time-zones">' in page
    assert '<option value="Europe/Berlin">' in page


def test_dates_are_entered_as_in_the_portal(client: Client) -> None:
    page, inline = (client.get(address(model, "add")).text for model in (Holiday, Site))

    assert '<input type="date" name="date"' in page
    assert '<input type="date" name="holidays-0-date"' in inline


def test_a_file_is_at_most_what_a_preview_can_carry(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_SIGNED_BYTES", 10)

    page = upload(client, Material, "code,name\nA,A\n")

    assert "Split it." in errors_of(page)
