"""Take an import back."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from imports.commit import note_taken_back
from imports.errors import ImportRefused
from imports.management.options import person
from imports.revert import take_back
from records import registry
from records.choices import Source
from records.models import Batch


class Command(BaseCommand):
    help = "Delete the records of one import, as a whole, keeping their history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int, help="The number that import_records told.")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="Who imported it, or an admin.")

    def handle(self, *_args: object, batch: int, by: str, **_options: object) -> None:
        user = person(by)
        found = Batch.objects.filter(pk=batch, source=Source.IMPORT).first()
        if found is None:
            raise CommandError(_("There is no import with the number %(batch)d.") % {"batch": batch})
        try:
            removed = take_back(registry.module(found.module), found, by=user)
        except ImportRefused as refused:
            raise CommandError(refused.message) from refused
        note_taken_back(found)
        self.stdout.write(
            _("Batch %(batch)d: %(removed)d records taken back.") % {"batch": batch, "removed": removed}
        )
