import importlib

from django.apps import apps
from django.db import connection
from django.test import TestCase

from sites.history import changes_of
from sites.models import Site
from tests.factories import make_site


class TestSave(TestCase):
    def test_never_sets_the_change_number_back(self) -> None:
        edited = make_site(code="YARD-NORTH")
        Site.objects.filter(pk=edited.pk).update(change_number=7)

        edited.name = "The yard in the north"
        edited.save()

        stored = Site.objects.get(pk=edited.pk)
        assert (stored.name, stored.change_number) == ("The yard in the north", 7)


class TestDecimalMarkOfStoredSites(TestCase):
    def test_is_not_listed_as_changed_by_the_first_change_of_the_site(self) -> None:
        site = make_site(timezone="Europe/Berlin")
        Site.objects.update(decimal_mark=".")
        Site.history.update(decimal_mark=".")
        migration = importlib.import_module("sites.migrations.0009_decimal_mark")

        migration.set_marks(apps, connection.schema_editor())

        site.refresh_from_db()
        assert site.decimal_mark == ","
        site.name = "Renamed"
        site.save()
        assert [str(change.label) for change in changes_of(Site, id=site.pk)[0].changes] == ["Name"]
