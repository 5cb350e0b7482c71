import datetime as dt

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from records.admin import move
from records.closing.workflow import approve_day
from sites.models import Category, MasterData, Material, Operation, Role
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_received,
    make_site,
    make_submitted_day,
    make_user,
)

pytestmark = pytest.mark.django_db

LIST = "admin:sites_material_changelist"


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every row of the master data have been used."""
    monkeypatch.setattr(MasterData, "is_used", lambda _row: True)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    return client


def codes(rows: models.QuerySet[Material] | None = None) -> list[str]:
    return list((rows or Material.objects.all()).values_list("code", flat=True))


def make_list(*names: str) -> list[Material]:
    return [make_material(code=name, position=position) for position, name in enumerate(names, start=1)]


class TestMove:
    def test_puts_a_row_before_another(self) -> None:
        one, _two, three = make_list("one", "two", "three")

        move(three, next_to=one, after=False)

        assert codes() == ["three", "one", "two"]

    def test_numbers_rows_apart_that_stood_at_one_place(self) -> None:
        one, two = make_material(code="one"), make_material(code="two")

        move(two, next_to=one, after=False)

        assert codes() == ["two", "one"]
        assert list(Material.objects.values_list("position", flat=True)) == [1, 2]


class TestMoveButtons:
    def test_move_a_row_past_its_neighbour(self, client: Client) -> None:
        _one, _two, three = make_list("one", "two", "three")

        client.post(reverse(LIST), {"move_up": three.pk})
        assert codes() == ["one", "three", "two"]

        client.post(reverse(LIST), {"move_down": three.pk})
        assert codes() == ["one", "two", "three"]

    def test_move_past_the_neighbour_that_is_seen_in_a_filtered_list(self, client: Client) -> None:
        one, two, three = make_list("one", "two", "three")
        Material.objects.filter(pk=two.pk).update(is_active=False)

        answer = client.post(f"{reverse(LIST)}?is_active__exact=1", {"move_up": three.pk})

        assert codes() == ["three", "one", "two"]
        assert answer["Location"].endswith("?is_active__exact=1")
        assert one.is_active

    @pytest.mark.parametrize(("button", "name"), [("move_up", "one"), ("move_down", "two")])
    def test_do_nothing_at_the_end(self, client: Client, button: str, name: str) -> None:
        make_list("one", "two")

        client.post(reverse(LIST), {button: Material.objects.get(code=name).pk})

        assert codes() == ["one", "two"]

    def test_do_nothing_with_what_is_no_row(self, client: Client) -> None:
        make_list("one", "two")

        assert client.post(reverse(LIST), {"move_up": "nonsense"}).status_code == 302

    def test_leave_a_trace_in_the_history(self, client: Client) -> None:
        _one, two = make_list("one", "two")

        client.post(reverse(LIST), {"move_up": two.pk})

        body = client.get(reverse("admin:sites_material_history", args=[two.pk])).content.decode()
        assert "<del>2</del>" in body
        assert "<ins>1</ins>" in body


class TestMaterialAdmin:
    def test_puts_a_new_one_last(self, client: Client) -> None:
        make_list("one", "two")

        form = client.get(reverse("admin:sites_material_add"))

        assert 'name="position" value="3"' in form.content.decode()

    @pytest.mark.parametrize(("typed", "is_refused"), [("1e1", True), ("1_5", True), ("12.50", False)])
    def test_reads_numbers_as_other_pages_do(self, client: Client, typed: str, *, is_refused: bool) -> None:
        answer = client.post(reverse("admin:sites_material_add"), {"tons_per_load": typed})

        assert ("tons_per_load" in answer.context["adminform"].errors) == is_refused

    @pytest.mark.usefixtures("used")
    def test_keeps_one_that_has_been_used_and_says_why(self, client: Client) -> None:
        gravel = make_material(name="Gravel")

        answer = client.post(
            reverse("admin:sites_material_delete", args=[gravel.pk]), {"post": "yes"}, follow=True
        )

        assert "“Gravel” has been used, so it stays." in answer.content.decode()
        assert Material.objects.filter(pk=gravel.pk).exists()

    def test_deletes_one_that_has_never_been_used(self, client: Client) -> None:
        gravel = make_material()

        client.post(reverse("admin:sites_material_delete", args=[gravel.pk]), {"post": "yes"})

        assert not Material.objects.exists()

    def test_deletes_nothing_by_the_dozen(self, client: Client) -> None:
        gravel = make_material()

        client.post(
            reverse(LIST), {"action": "delete_selected", "_selected_action": [gravel.pk], "post": "yes"}
        )

        assert Material.objects.exists()

    @pytest.mark.parametrize(("action", "active"), [("make_inactive", False), ("make_active", True)])
    def test_makes_several_inactive_and_active(self, client: Client, action: str, *, active: bool) -> None:
        rows = [make_material(is_active=not active) for _ in range(2)]

        client.post(reverse(LIST), {"action": action, "_selected_action": [row.pk for row in rows]})

        assert list(Material.objects.values_list("is_active", flat=True)) == [active, active]
        assert rows[0].history.count() == 2

    def test_says_only_why_none_of_several_is_active(self, client: Client) -> None:
        make_material(name="Gravel")
        double = make_material(name="gravel", is_active=False)

        content = client.post(
            reverse(LIST), {"action": "make_active", "_selected_action": [double.pk]}, follow=True
        ).content.decode()

        assert "stays inactive: another active one has this name." in content
        assert "active now" not in content

    def test_says_what_a_number_of_tons_must_be(self, client: Client) -> None:
        answer = client.post(
            reverse("admin:sites_material_add"),
            {
                "code": "X",
                "name": "X",
                "category": "fine",
                "uom": "load",
                "position": 1,
                "tons_per_load": "0",
            },
        )

        assert "greater than or equal to 0.001" in answer.content.decode()


class TestOperationAdmin:
    def fields(self, operation: Operation, **changed: object) -> dict[str, object]:
        names = ("code", "name", "stock_effect", "purpose", "position")
        return {name: getattr(operation, name) for name in names} | {"is_active": "on"} | changed

    def change(self, client: Client, operation: Operation, **changed: object) -> Operation:
        client.post(
            reverse("admin:sites_operation_change", args=[operation.pk]), self.fields(operation, **changed)
        )
        operation.refresh_from_db()
        return operation

    @pytest.mark.usefixtures("used")
    def test_keeps_effect_and_purpose_once_used(self, client: Client) -> None:
        operation = make_operation(name="Crushing")

        self.change(client, operation, name="Crushing, coarse", stock_effect="removes", purpose="feed")

        assert (operation.stock_effect, operation.purpose) == ("adds", "product")
        assert operation.name == "Crushing, coarse"

    def test_lets_them_change_before(self, client: Client) -> None:
        operation = make_operation()

        self.change(client, operation, stock_effect="removes", purpose="feed")

        assert (operation.stock_effect, operation.purpose) == ("removes", "feed")


class TestMaterialThatIsUsed:
    def change(self, client: Client, material: Material, **changed: object) -> str:
        names = ("code", "name", "category", "uom", "position")
        sent = {name: getattr(material, name) for name in names} | {"is_active": "on"} | changed
        answer = client.post(reverse("admin:sites_material_change", args=[material.pk]), sent)
        return answer.content.decode()

    @pytest.mark.usefixtures("used")
    def test_keeps_category_and_whether_it_can_be_sold_once_used(self, client: Client) -> None:
        material = make_material(is_final=True, category=Category.AGGREGATES)

        self.change(client, material, category="fine", name="Renamed")

        material.refresh_from_db()
        assert (material.category, material.is_final, material.name) == ("aggregates", True, "Renamed")

    def test_refuses_the_name_of_another_active_one(self, client: Client) -> None:
        make_material(name="Aggregate 20 mm")
        other = make_material(name="Aggregate 40 mm")

        page = self.change(client, other, name="aggregate 20 MM")

        assert "Another active one has this name." in page

    def test_takes_the_name_of_an_inactive_one(self, client: Client) -> None:
        make_material(name="Aggregate 20 mm", is_active=False)
        other = make_material(name="Aggregate 40 mm")

        self.change(client, other, name="Aggregate 20 mm")

        other.refresh_from_db()
        assert other.name == "Aggregate 20 mm"

    def use(self) -> Material:
        """Return a material with three records of two days, of which one is approved."""
        site, material = make_site(), make_material()
        alice, mona = make_member(site), make_member(site, role=Role.MANAGER)
        monday, tuesday = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
        for date in (monday, monday, tuesday):
            make_received(site, material, by=alice, date=date, tons="5")
        approve_day(day=make_submitted_day(site, monday, by=alice), by=mona)
        return material

    def test_shows_in_how_many_records_it_is_used(self, client: Client) -> None:
        material = self.use()

        page = client.get(reverse("admin:sites_material_change", args=[material.pk])).content.decode()

        assert "3 records of 2 days, 1 of them approved; Received material: 3" in page

    @pytest.mark.parametrize("changed", [{"name": "Gravel"}, {"code": "G"}, {"uom": "load"}])
    def test_says_what_a_change_touches_before_it_is_saved(
        self, client: Client, changed: dict[str, object]
    ) -> None:
        material = self.use()

        page = self.change(client, material, **changed)

        assert "This change shows in 3 records of 2 days, 1 of them approved." in page
        assert material.history.count() == 1
        self.change(client, material, **changed, confirmed="on")
        assert material.history.count() == 2

    @pytest.mark.parametrize(
        "changed", [{"position": "7"}, {"is_active": ""}, {"notes": "x"}, {"tons_per_load": "12"}]
    )
    def test_saves_at_once_what_no_record_shows(self, client: Client, changed: dict[str, object]) -> None:
        material = self.use()

        self.change(client, material, **changed)

        assert material.history.count() == 2
