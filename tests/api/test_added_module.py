"""A module that is added has its API without a line of code: routes, description, changes."""

from http import HTTPStatus
from importlib import import_module, reload
from typing import cast

from django.conf import settings
from django.core.management import call_command
from django.test import modify_settings, override_settings
from django.urls import clear_url_caches

from api import urls as api_urls
from api import views
from deskops import urls
from records import registry
from tests.api.case import MONDAY, ApiCase, Content, content_of, error_fields, part_of

DEFINITION = "tests.records.toy.module.TOY"


class TestAddedModule(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        # Settings are read when the server starts; here it runs already.
        cls.addClassCleanup(cls.read_settings_again)
        cls.enterClassContext(modify_settings(INSTALLED_APPS={"append": "tests.records.toy"}))
        cls.enterClassContext(override_settings(RECORD_MODULES=[*settings.RECORD_MODULES, DEFINITION]))
        cls.read_settings_again()
        # Its models can be imported only once its app is installed.
        import_module(DEFINITION.rpartition(".")[0])
        call_command("migrate", "toy", verbosity=0)
        cls.addClassCleanup(call_command, "migrate", "toy", "zero", verbosity=0)
        super().setUpClass()

    @staticmethod
    def read_settings_again() -> None:
        registry.modules.cache_clear()
        reload(api_urls)
        reload(urls)
        clear_url_caches()

    def test_creates_lists_updates_and_follows_its_records(self) -> None:
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
        self.assert_error(twice, HTTPStatus.CONFLICT, "DUPLICATE_RECORD")
        assert error_fields(twice) == {"siteId", "date", "cubicMetres"}
        assert deleted.status_code == HTTPStatus.NO_CONTENT
        assert followed["pumpLogs"] == [{"id": item["id"], "deleted": True}]

    def test_is_in_the_description_and_in_the_counts_of_a_site(self) -> None:
        description = views.description()

        site = part_of(self.alice.get(f"/api/sites/{self.site.pk}"), "site")

        assert "/api/toy" in cast("Content", description["paths"])
        schemas = cast("dict[str, dict[str, Content]]", cast("Content", description["components"])["schemas"])
        assert schemas["NewPumpLog"]["properties"]["cubicMetres"]
        assert cast("Content", site["_count"])["pumpLogs"] == 0
        assert content_of(self.alice.get("/api/auth/session"))["userId"] == self.people.alice.pk
