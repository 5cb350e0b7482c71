"""A module that is added has its API for free: routes, description, following."""

from http import HTTPStatus
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import connection
from django.test import modify_settings, override_settings
from django.urls import include, path

from api import views
from api.app import build_api
from records import registry
from tests.api.case import MONDAY, ApiCase, Content, content_of, part_of, refused_fields

if TYPE_CHECKING:
    from tests.records.toy.models import PumpLog


def addresses_with_the_toy() -> ModuleType:
    """Return the portal's addresses as they would be, had the toy been there when they were made."""
    toy = import_module("tests.records.toy.root_urls")
    addresses = ModuleType("addresses_with_the_toy")
    vars(addresses).update(
        {name: getattr(toy, name) for name in toy.__all__},
        urlpatterns=[path("api/", build_api("seventh").urls), path("", include(toy.urlpatterns))],
    )
    return addresses


class TestSeventhModule(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        # Its models can be imported only once its app is installed.
        cls.enterClassContext(modify_settings(INSTALLED_APPS={"append": "tests.records.toy"}))
        module = import_module("tests.records.toy.module").TOY
        cls.enterClassContext(
            override_settings(RECORD_MODULES=[*settings.RECORD_MODULES, "tests.records.toy.module.TOY"])
        )
        registry.modules.cache_clear()
        cls.addClassCleanup(registry.modules.cache_clear)
        cls.enterClassContext(override_settings(ROOT_URLCONF=addresses_with_the_toy()))
        tables = [module.model, module.model.history.model]
        with connection.schema_editor() as editor:
            for table in tables:
                editor.create_model(table)
        cls.addClassCleanup(cls.remove, tables)
        super().setUpClass()

    @staticmethod
    def remove(tables: "list[type[PumpLog]]") -> None:
        with connection.schema_editor() as editor:
            for table in reversed(tables):
                editor.delete_model(table)

    def test_takes_lists_changes_and_follows_its_records(self) -> None:
        body: Content = {"siteId": self.site.pk, "date": MONDAY, "cubicMetres": 12, "notes": None}

        made = self.alice.post("/api/toy", body)
        changed = self.alice.patch(made["Location"], {"cubicMetres": "15"}, If_Match=made["ETag"])
        listed = self.listed("toy")
        twice = self.alice.post("/api/toy", body | {"cubicMetres": 15})
        deleted = self.alice.delete(made["Location"])
        followed = self.listed("toy", "&changedSince=1")

        item = part_of(made, "pumpLog")
        assert (item["cubicMetres"], item["createdBy"], item["site"]) == (
            12,
            "Alice",
            {"code": "YARD-NORTH", "name": "North yard"},
        )
        assert cast("list[Content]", listed["pumpLogs"]) == [part_of(changed, "pumpLog")]
        self.assert_refused(twice, HTTPStatus.CONFLICT, "DUPLICATE_RECORD")
        assert refused_fields(twice) == {"siteId", "date", "cubicMetres"}
        assert deleted.status_code == HTTPStatus.NO_CONTENT
        assert followed["pumpLogs"] == [{"id": item["id"], "deleted": True}]

    def test_is_told_in_the_description_and_among_what_a_site_recorded(self) -> None:
        description = views.description()

        site = part_of(self.alice.get(f"/api/sites/{self.site.pk}"), "site")

        assert "/api/toy" in cast("Content", description["paths"])
        schemas = cast("dict[str, dict[str, Content]]", cast("Content", description["components"])["schemas"])
        assert schemas["NewPumpLog"]["properties"]["cubicMetres"]
        assert cast("Content", site["_count"])["pumpLogs"] == 0
        assert content_of(self.alice.get("/api/auth/session"))["userId"] == self.people.alice.pk
