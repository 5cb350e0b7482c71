import pytest
from django.test import Client
from django.urls import reverse

from equipment.models import Machine
from tests.factories import make_equipment_log, make_machine, make_member, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    return client


class TestMachineAdmin:
    def test_shows_which_machines_are_in_maintenance(self, client: Client) -> None:
        make_machine(make_site(code="YARD-NORTH"), name="Screen", in_maintenance=True)

        body = client.get(reverse("admin:equipment_machine_changelist")).content.decode()

        assert '<td class="field-maintenance">yes</td>' in body
        assert "YARD-NORTH" in body

    def test_rejects_the_same_code_twice_at_a_site(self, client: Client) -> None:
        machine = make_machine(make_site(), code="CRUSHER-01")

        answer = client.post(
            reverse("admin:equipment_machine_add"),
            {"site": machine.site.pk, "code": "CRUSHER-01", "name": "Jaw", "type": "hauling", "position": 1},
        )

        assert "This site has a machine with this code already." in answer.content.decode()
        assert Machine.objects.count() == 1

    def test_keeps_the_site_of_one_that_was_used(self, client: Client) -> None:
        site, other = make_site(), make_site()
        machine = make_machine(site)
        change = reverse("admin:equipment_machine_change", args=[machine.pk])
        assert 'name="site"' in client.get(change).content.decode()
        make_equipment_log(machine, by=make_member(site), date=site.today(), hours="1")

        body = client.get(change).content.decode()
        sent = {"site": other.pk, "code": machine.code, "name": "Jaw", "type": "hauling", "position": 1}
        refused = client.post(change, sent).content.decode()
        client.post(change, sent | {"confirmed": "on"})

        assert 'name="site"' not in body
        assert "This change shows in 1 record of 1 day, 0 of them approved." in refused
        machine.refresh_from_db()
        assert (machine.site, machine.name) == (site, "Jaw")
