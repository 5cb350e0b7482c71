from django.test import TestCase

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
