"""Every address of the portal, and what each kind of person gets there: deny by default, held by a table."""

import datetime as dt
import re
from collections.abc import Iterator

from django.test import Client, TestCase
from django.urls import URLPattern, URLResolver, get_resolver

from parties.models import Container
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import EventKind, SecurityEvent, User
from tests.deskops.address_table import ADDRESSES
from tests.factories import (
    People,
    make_holiday,
    make_machine,
    make_material,
    make_operation,
    make_party,
    make_people,
    make_role,
    make_target,
    make_threshold,
    make_vehicle,
    make_weighbridge,
)

type Row = tuple[int, int, int, int, int, int]


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Yield every pattern of the portal, as its parts are written."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern)


class AddressCase(TestCase):
    """People, and an example of each thing that an address names."""

    people: People
    examples: dict[str, str]
    objects: dict[str, int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        material = make_material()
        values = {"date": "2026-03-02", "material": material.pk, "qty_ton": "1"}
        made = operations.create(
            module=RECEIVED, values=values, site=cls.people.site, by=cls.people.alice, source=Source.PAGE
        )
        # A sequence never starts at 1 twice, so each kind of thing is named by its own number.
        cls.objects = {
            "site": cls.people.site.pk,
            "user": cls.people.alice.pk,
            "material": material.pk,
            "holiday": make_holiday(cls.people.site, dt.date(2026, 12, 25)).pk,
            "operation": make_operation().pk,
            "machine": make_machine(cls.people.site).pk,
            "manpowerrole": make_role().pk,
            "stockthreshold": make_threshold(cls.people.site, material).pk,
            "target": make_target(cls.people.site, "100", since=dt.date(2026, 3, 2)).pk,
            "invitation": 987654,
            "merge": 987654,
            "party": make_party("Acme").pk,
            "securityevent": SecurityEvent.objects.create(kind=EventKind.SIGNED_IN).pk,
            "vehicle": make_vehicle("B-DO 17").pk,
            "container": Container.objects.create(code="C-1", name="Container 1").pk,
            "weighbridge": make_weighbridge(cls.people.site).pk,
        }
        cls.examples = {
            "<int:target_id>": str(cls.objects["target"]),
            "<int:record_id>": str(made.record.pk),
            "<int:machine_id>": str(cls.objects["machine"]),
            "<int:material_id>": str(material.pk),
            "<slug:file_format>": "csv",
            "<slug:name>": "received",
            "<slug:code>": "YARD-NORTH",
            "<int:code>": str(cls.people.site.pk),
            "<date:date>": "2026-03-02",
            "<slug:module_slug>": "received",
            "<slug:slug>": "received",
            "<slug:chart_name>": "flow",
            "received/complete/<str:field>": "received/complete/source",
            "dispatch/complete/<str:field>": "dispatch/complete/owner",
            "<slug:module>": "received",
            "<int:pk>": "987654",
            "<int:job_id>": "987654",
            "<int:choice_id>": "987654",
            "<int:upload_id>": "987654",
            "<int:load_id>": "987654",
            "<int:transfer_id>": "987654",
            "<transfer_id>": "987654",
            "<int:file_id>": "987654",
            "<int:site_id>": str(cls.people.site.pk),
            "<int:note_id>": "987654",
            "<int:mapping_id>": "987654",
            "<slug:kind>": "breakdown",
            "<slug:provider_id>": "company",
            "<str:token>": "not-a-token",
            "<slug:token>": "not-a-token",
            "<path:content_type_id>": "1",
            "<record_id>": str(made.record.pk),
            "<job_id>": "987654",
            "<site_id>": str(cls.people.site.pk),
        }

    def client_of(self, person: User | None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(person)
        return client

    def path_of(self, pattern: str) -> str:
        path = re.sub(r"\(\?P<\w+>sites[^)]*\)", "sites", pattern)
        path = path.replace("(?:/.*)?", "/no/such/thing")
        path = re.sub(r"\(\?P<\w+>[^)]*\)", "a", path).replace("^", "").replace("$", "").replace("\\Z", "")
        for kind, number in self.objects.items():
            path = path.replace(f"{kind}/<path:object_id>", f"{kind}/{number}")
        path = path.replace("<path:object_id>", "1")
        for written, example in self.examples.items():
            path = path.replace(written, example)
        return f"/{path}"


class TestEveryAddress(AddressCase):
    def test_has_a_row_in_the_table(self) -> None:
        assert set(addresses(get_resolver())) == set(ADDRESSES)

    def test_answers_each_person_as_the_table_says(self) -> None:
        people = self.people
        everybody = (None, people.oscar, people.victor, people.alice, people.mona, people.ada)
        stranger, *others = [self.client_of(person) for person in everybody]

        got = {
            pattern: (
                self._status_for_a_stranger(stranger, pattern),
                *(client.get(self.path_of(pattern)).status_code for client in others),
            )
            for pattern in ADDRESSES
        }

        wrong = {pattern: (got[pattern], row) for pattern, row in ADDRESSES.items() if got[pattern] != row}
        assert wrong == {}

    def _status_for_a_stranger(self, client: Client, pattern: str) -> int:
        """Return the status of an answer, which says nothing of a site."""
        answer = client.get(self.path_of(pattern))
        assert b"YARD-NORTH" not in answer.content, pattern
        return answer.status_code
