"""A seventh module is one folder and one line: the whole contract holds for it."""

from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.test import modify_settings, override_settings

from records import registry
from tests.records.contract import DATE, ModuleContract

if TYPE_CHECKING:
    from tests.records.toy.models import PumpLog


class TestToyModule(ModuleContract["PumpLog"]):
    list_queries = 6

    @classmethod
    def setUpClass(cls) -> None:
        # Its models can be imported only once its app is installed.
        cls.enterClassContext(modify_settings(INSTALLED_APPS={"append": "tests.records.toy"}))
        cls.module = import_module("tests.records.toy.module").TOY
        cls.enterClassContext(
            override_settings(
                RECORD_MODULES=[*settings.RECORD_MODULES, "tests.records.toy.module.TOY"],
                ROOT_URLCONF="tests.records.toy.root_urls",
            )
        )
        registry.modules.cache_clear()
        cls.addClassCleanup(registry.modules.cache_clear)
        tables = [cls.module.model, cls.module.model.history.model]
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

    def values(self, number: int = 0) -> dict[str, object]:
        return {"date": DATE.isoformat(), "cubic_metres": str(number + 1), "notes": ""}

    def test_stands_in_the_menu(self) -> None:
        answer = self.as_(self.people.victor).get(self.address("list"))

        self.assertContains(answer, 'href="/toy/?site=YARD-NORTH"')
        self.assertContains(answer, "Pump logs")
