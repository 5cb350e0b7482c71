"""A seventh module is one folder and one line: the whole contract holds for it."""

from importlib import import_module, reload
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.test import modify_settings, override_settings
from django.urls import clear_url_caches

from deskops import urls
from records import registry
from tests.records.contract import DATE, ModuleContract

if TYPE_CHECKING:
    from tests.records.toy.models import PumpLog  # noqa: F401  # names the type of the contract

DEFINITION = "tests.records.toy.module.TOY"


class TestToyModule(ModuleContract["PumpLog"]):
    list_queries = 6

    @classmethod
    def setUpClass(cls) -> None:
        # Settings are read when the server starts; here it runs already.
        cls.addClassCleanup(cls.read_settings_again)
        cls.enterClassContext(modify_settings(INSTALLED_APPS={"append": "tests.records.toy"}))
        cls.enterClassContext(override_settings(RECORD_MODULES=[*settings.RECORD_MODULES, DEFINITION]))
        cls.read_settings_again()
        # Its models can be imported only once its app is installed.
        cls.module = import_module("tests.records.toy.module").TOY
        call_command("migrate", "toy", verbosity=0)
        cls.addClassCleanup(call_command, "migrate", "toy", "zero", verbosity=0)
        super().setUpClass()

    @staticmethod
    def read_settings_again() -> None:
        registry.modules.cache_clear()
        reload(urls)
        clear_url_caches()

    def values(self, number: int = 0) -> dict[str, object]:
        return {"date": DATE.isoformat(), "cubic_metres": str(number + 1), "notes": ""}

    def test_is_in_the_menu(self) -> None:
        answer = self.as_(self.people.victor).get(self.address("list"))

        self.assertContains(answer, 'href="/toy/?site=YARD-NORTH"')
        self.assertContains(answer, "Pump logs")

    def test_has_the_migration_that_makemigrations_writes(self) -> None:
        call_command("makemigrations", "toy", check=True, dry_run=True, verbosity=0)
