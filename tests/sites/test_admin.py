import datetime as dt
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.db import models
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from equipment.readings.models import TelematicsFeed
from imports.models import WatchedPlace
from parties.models import Container
from sites.admin.base import PortalAdmin
from sites.models import Membership, Role, Site, User
from tests.factories import (
    make_counter,
    make_downtime_reason,
    make_holiday,
    make_material,
    make_member,
    make_operation,
    make_party,
    make_people,
    make_production,
    make_role,
    make_site,
    make_target,
    make_threshold,
    make_user,
    make_vehicle,
    make_weighbridge,
    sign_in,
)
from tests.release.portal import FormParser

pytestmark = pytest.mark.django_db

MODELS = ("invitation", "material", "operation", "site", "user")


def page(model: str, kind: str, *args: int) -> str:
    return reverse(f"admin:sites_{model}_{kind}", args=args)


def client_request(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def members(*rows: dict[str, object], initial: int = 0) -> dict[str, object]:
    """Return the fields that the page of a site or person sends for its members."""
    sent: dict[str, object] = {
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": initial,
    }
    for number, row in enumerate(rows):
        sent |= {f"memberships-{number}-{name}": value for name, value in row.items()}
    return sent


def works(*holidays: dict[str, object]) -> dict[str, object]:
    """Return the fields that the page of a site sends for when it works and what it tolerates."""
    sent: dict[str, object] = {
        "working_weekdays": ["1", "2", "3", "4", "5", "6"],
        "working_hours": "8",
        "cut_off": "20:00",
        "count_tolerance_percent": "5",
        "received_as": "both",
        "dispatch_as": "both",
        "holidays-TOTAL_FORMS": len(holidays),
        "holidays-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(holidays):
        sent |= {f"holidays-{number}-{name}": value for name, value in row.items()}
    return sent


class TestWhoGetsIn:
    @pytest.mark.parametrize(
        "address", ["admin:index", *(f"admin:sites_{name}_changelist" for name in MODELS)]
    )
    def test_admins_do(self, client: Client, address: str) -> None:
        client.force_login(make_user(is_superuser=True))

        assert client.get(reverse(address)).status_code == 200

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.MANAGER])
    def test_members_of_a_site_are_refused(self, client: Client, role: Role) -> None:
        people = make_people()
        Membership.objects.filter(user=people.alice).update(role=role)
        client.force_login(people.alice)

        answer = client.get(reverse("admin:index"), follow=True)

        assert answer.status_code == 403

    def test_strangers_are_sent_to_the_sign_in_page(self, client: Client) -> None:
        answer = client.get(reverse("admin:index"), follow=True)

        assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
        assert "next=%2Fadmin%2F" in answer.redirect_chain[-1][0].replace("/", "%2F")

    def test_an_admin_who_may_not_sign_in_is_out_at_once(self, client: Client) -> None:
        ada = make_user(is_superuser=True)
        client.force_login(ada)
        User.objects.filter(pk=ada.pk).update(is_active=False)

        assert client.get(reverse("admin:index")).status_code == 302


class TestAdminSite:
    def test_shows_what_an_admin_looks_after_and_no_tables_of_libraries(self) -> None:
        labels = {model._meta.app_label for model in admin.site._registry}

        assert "sites" in labels
        assert not labels & {"account", "auth", "django_tasks_database", "mfa", "usersessions"}

    @pytest.mark.parametrize(
        ("own", "shared"),
        [("admin:logout", "account_logout"), ("admin:password_change", "account_change_password")],
    )
    def test_sends_on_to_the_shared_pages(self, client: Client, own: str, shared: str) -> None:
        client.force_login(make_user(is_superuser=True))

        assert client.post(reverse(own))["Location"] == reverse(shared)

    @pytest.mark.parametrize("model", MODELS)
    @pytest.mark.parametrize("kind", ["changelist", "add"])
    def test_has_no_inline_script_or_style(self, client: Client, model: str, kind: str) -> None:
        client.force_login(make_user(is_superuser=True))

        body = client.get(page(model, kind), follow=True).content.decode()

        assert "style=" not in body
        assert "onclick=" not in body
        assert "<style" not in body


class TestActions:
    @pytest.mark.parametrize("action", ["merge", "edit_selected", "make_inactive"])
    def test_with_a_choice_that_is_no_id_is_done_with_the_others(self, client: Client, action: str) -> None:
        client.force_login(make_user(is_superuser=True))
        material = make_material(name="Washed sand")

        for chosen in (["\0", "abc", "9" * 30], ["\0", str(material.pk)]):
            sent = {"action": action, "_selected_action": chosen}
            answer = client.post(page("material", "changelist"), sent, follow=True)

            assert answer.status_code == 200
        assert "Washed sand" in answer.text


class TestUntouchedForm:
    """A form that is opened and saved as it is: nothing is rejected, and nothing is changed."""

    def form(self, client: Client, address: str) -> dict[str, list[str]]:
        parser = FormParser()
        parser.feed(client.get(address).content.decode())
        # Browsers send line breaks so.
        return {
            name: [value.replace("\n", "\r\n") for value in values]
            for name, values in max(parser.forms, key=len).items()
        }

    @pytest.mark.parametrize("comma", ["Europe/Berlin", "UTC"])
    def test_of_each_row_is_saved_and_makes_no_history(self, client: Client, comma: str) -> None:
        people = make_people()
        client.force_login(people.ada)
        material, operation = make_material(tons_per_load="12.5"), make_operation()
        material.notes = "First line.\nSecond line."
        material.save()
        site = make_site(timezone=comma)
        make_member(site, role=Role.MANAGER)
        make_holiday(site, dt.date(2026, 12, 25))
        make_threshold(site, material)
        make_target(site, "100", since=dt.date(2026, 1, 1))
        make_counter(site)
        make_downtime_reason(code="BELT")
        TelematicsFeed.objects.create(site=site, name="Maker", url="https://maker.example.com/Fleet")
        make_role()
        make_vehicle("KR 4711", tare="14.2", carrier=make_party("Haulage & Sons", is_carrier=True))
        Container.objects.create(code="C1", name="Container 1", tare_ton="2.5", tared_on=dt.date(2026, 1, 1))
        make_weighbridge(site)
        WatchedPlace.objects.create(name="Scale", site=site, owner=people.ada, kind="folder", path="scale")
        # Material and operation are used, so that some of their fields are fixed.
        make_production(site, material, operation, by=make_member(site), date=dt.date(2026, 3, 2), tons="5")
        changed = []
        for model, model_admin in admin.site._registry.items():
            if not model_admin.has_change_permission(client_request(people.ada)):
                continue
            row = model._default_manager.latest("pk")
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            histories = [each for each in apps.get_models() if each.__name__.startswith("Historical")]
            before = [history._default_manager.count() for history in histories]

            answer = client.post(address, self.form(client, address))

            assert answer.status_code == 302, (model, answer.context["errors"])
            assert [history._default_manager.count() for history in histories] == before, model
            changed.append(str(model._meta.model_name))
        assert sorted(changed) == [
            *("container", "counter", "downtimereason", "holiday", "machine", "manpowerrole", "material"),
            *("operation", "party", "site", "stockthreshold", "target", "telematicsfeed", "user", "vehicle"),
            *("watchedplace", "weighbridge"),
        ]

    def test_of_a_new_site_is_saved_as_offered(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        offered = self.form(client, page("site", "add"))

        answer = client.post(page("site", "add"), offered | {"code": ["YARD-1"], "name": ["Yard"]})

        assert answer.status_code == 302
        site = Site.objects.get()
        assert (site.timezone, site.working_weekdays, site.working_hours) == ("UTC", "123456", Decimal(8))
        assert (site.cut_off, site.entry_days_back, site.is_active) == (dt.time(20), 7, True)

    @pytest.mark.parametrize(
        ("address", "typed"),
        [
            ("sites_material", {"category": "fine"}),
            ("sites_operation", {"stock_effect": "adds", "purpose": "product"}),
            ("equipment_machine", {"type": "hauling", "site": "SITE"}),
            ("manpower_manpowerrole", {}),
        ],
    )
    def test_of_new_master_data_needs_only_what_is_empty(
        self, client: Client, address: str, typed: dict[str, str]
    ) -> None:
        client.force_login(make_user(is_superuser=True))
        site = make_site()
        add = reverse(f"admin:{address}_add")
        named = {"code": "NEW", "name": "New", **typed}
        sent = {name: [str(site.pk) if value == "SITE" else value] for name, value in named.items()}

        answer = client.post(add, self.form(client, add) | sent)

        assert answer.status_code == 302, answer.context["errors"]


class TestSiteAdmin:
    def test_edits_members_on_the_page_of_the_site(self, client: Client) -> None:
        people = make_people()
        sign_in(client, people.ada)
        mine = Membership.objects.get(user=people.alice)

        client.post(
            page("site", "change", people.site.pk),
            {
                "code": "YARD-NORTH",
                "name": "North",
                "timezone": "Europe/Berlin",
                "day_starts_at": "06:00",
                "is_active": "on",
                **works(),
                **members(
                    {"id": mine.pk, "site": people.site.pk, "user": people.alice.pk, "role": "manager"},
                    {"site": people.site.pk, "user": people.oscar.pk, "role": "viewer"},
                    initial=1,
                ),
            },
        )

        roles = dict(people.site.memberships.values_list("user__name", "role"))
        assert (roles["Alice"], roles["Oscar"]) == ("manager", "viewer")
        # Settings that carry a date are changed on the calendar page.
        assert Site.objects.get(pk=people.site.pk).timezone == "UTC"

    def test_shows_the_working_days_by_their_names(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.ada)

        content = client.get(page("site", "change", people.site.pk)).content.decode()

        assert "Monday to Saturday" in content
        assert "123456" not in content

    def test_refuses_a_code_in_words(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))

        answer = client.post(
            page("site", "add"),
            {
                "code": "yard",
                "name": "Yard",
                "timezone": "UTC",
                "day_starts_at": "00:00",
                **works(),
                **members(),
            },
        )

        assert "A site&#x27;s code has 3 to 20 capitals, digits or hyphens." in answer.content.decode()

    def test_deletes_a_site_without_records(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        site = make_site()

        client.post(page("site", "delete", site.pk), {"post": "yes"})

        assert not Site.objects.filter(pk=site.pk).exists()

    def test_keeps_a_site_with_records_and_says_why(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.force_login(make_user(is_superuser=True))
        site = make_site(code="YARD-EAST")
        monkeypatch.setattr(Site, "has_records", lambda _site: True)

        answer = client.post(page("site", "delete", site.pk), {"post": "yes"}, follow=True)

        assert Site.objects.filter(pk=site.pk).exists()
        assert "has records, so it stays. Make it inactive instead." in answer.content.decode()

    def test_finds_by_code_name_and_place(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        make_site(code="YARD-EAST")
        make_site(code="QUARRY-1")

        body = client.get(page("site", "changelist"), {"q": "east"}).content.decode()

        assert "YARD-EAST" in body
        assert "QUARRY-1" not in body


class TestPersonAdmin:
    def fields(self, person: User, **changed: object) -> dict[str, object]:
        return {"email": person.email, "name": person.name, "is_active": "on", **members(), **changed}

    def test_adding_a_person_is_inviting_one(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))

        answer = client.get(page("user", "add"))

        assert answer["Location"] == page("invitation", "add")

    def test_makes_an_admin_and_gives_a_site(self, client: Client) -> None:
        sign_in(client, make_user(is_superuser=True))
        oscar, site = make_user(name="Oscar"), make_site()

        client.post(
            page("user", "change", oscar.pk),
            self.fields(
                oscar, is_superuser="on", **members({"user": oscar.pk, "site": site.pk, "role": "operator"})
            ),
        )

        oscar.refresh_from_db()
        assert oscar.is_superuser
        assert oscar.memberships.get().site == site

    def test_closes_an_account(self, client: Client) -> None:
        sign_in(client, make_user(is_superuser=True))
        oscar = make_user()
        his = Client()
        his.force_login(oscar)

        client.post(page("user", "change", oscar.pk), self.fields(oscar, is_active=""))

        assert his.get(reverse("account")).status_code == 302

    @pytest.mark.parametrize("right", ["is_superuser", "is_active"])
    def test_nobody_locks_themselves_out(self, client: Client, right: str) -> None:
        ada = make_user(is_superuser=True)
        client.force_login(ada)
        fields = self.fields(ada, is_superuser="on") | {right: ""}

        answer = client.post(page("user", "change", ada.pk), fields)

        ada.refresh_from_db()
        assert "You cannot take this away from yourself." in answer.content.decode()
        assert (ada.is_superuser, ada.is_active) == (True, True)

    def test_never_deletes_a_person(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user()

        assert client.post(page("user", "delete", oscar.pk), {"post": "yes"}).status_code == 403

    def test_shows_no_password(self, client: Client) -> None:
        client.force_login(ada := make_user(is_superuser=True))

        body = client.get(page("user", "change", ada.pk)).content.decode()

        assert ada.password not in body
        assert 'name="password' not in body

    def run(self, client: Client, action: str, person: User) -> str:
        answer = client.post(
            page("user", "change", person.pk),
            {"CHANGE_FORM-action": action, "action": action, "_selected_action": person.pk, "index": 0},
            follow=True,
        )
        return answer.content.decode()

    def test_sends_a_link_for_a_new_password(self, client: Client) -> None:
        sign_in(client, make_user(is_superuser=True))
        oscar = make_user(email="oscar@example.com")

        body = self.run(client, "send_password_link", oscar)

        assert "A link is on its way to oscar@example.com." in body
        assert "/password/reset/key/" in str(mail.outbox[0].body)

    def test_lists_people_without_a_query_for_each(
        self, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        people = make_people()
        client.force_login(people.ada)

        with django_assert_max_num_queries(12):
            client.get(page("user", "changelist"))


class TestLookups:
    @pytest.mark.parametrize(
        "query",
        [
            "password__startswith=a",
            "password__regex=.",
            "memberships__user__password__startswith=a",
            "last_login__year=2026",
            "email__startswith=a",
        ],
    )
    def test_of_other_fields_are_refused(self, client: Client, query: str) -> None:
        client.force_login(make_user(is_superuser=True))

        assert client.get(f"{page('user', 'changelist')}?{query}").status_code == 400

    @pytest.mark.parametrize(
        "query", ["is_active__exact=1", "memberships__role__exact=viewer", "memberships__site__id__exact=1"]
    )
    def test_of_the_filters_are_answered(self, client: Client, query: str) -> None:
        make_people()
        client.force_login(make_user(is_superuser=True))

        assert client.get(f"{page('user', 'changelist')}?{query}").status_code == 200

    def test_of_every_list_go_through_the_same_rule(self) -> None:
        own = [model_admin for model, model_admin in admin.site._registry.items() if is_ours(model)]

        assert all(isinstance(model_admin, PortalAdmin) for model_admin in own)


def is_ours(model: type[models.Model]) -> bool:
    return not model.__module__.startswith(("django", "allauth"))


class TestHistoryPage:
    def test_of_what_keeps_no_history_is_empty(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.ada)
        place = WatchedPlace.objects.create(name="Scale", site=people.site, owner=people.ada, kind="folder")

        answer = client.get(reverse("admin:imports_watchedplace_history", args=[place.pk]))

        assert (answer.status_code, answer.context["entries"]) == (200, [])

    def test_tells_who_changed_what_from_what_to_what(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.ada)
        site = people.site
        sent = {
            "code": site.code,
            "timezone": "UTC",
            "day_starts_at": "06:00",
            "is_active": "on",
            **works(),
            **members(),
        }
        client.post(page("site", "change", site.pk), {**sent, "name": "Harbour yard"})

        body = client.get(page("site", "history", site.pk)).content.decode()

        assert "Ada" in body
        assert "<del>North yard</del>" in body
        assert "<ins>Harbour yard</ins>" in body

    def test_of_a_site_tells_of_its_members_even_when_they_have_gone(self, client: Client) -> None:
        people = make_people()
        client.force_login(people.ada)
        membership = Membership.objects.get(user=people.alice)
        membership.role = Role.MANAGER
        membership.save()
        membership.delete()

        body = client.get(page("site", "history", people.site.pk)).content.decode()

        assert "<del>Operator</del>" in body
        assert "<ins>Manager</ins>" in body
        assert "Deleted" in body

    def test_of_a_person_tells_no_password(self, client: Client) -> None:
        client.force_login(make_user(is_superuser=True))
        oscar = make_user(name="Oscar")
        oscar.set_password("another one")
        oscar.save()

        body = client.get(page("user", "history", oscar.pk)).content.decode()

        assert oscar.password not in body
        assert "assword" not in body
