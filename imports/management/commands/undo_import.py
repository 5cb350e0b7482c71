"""Undo an import."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from imports.commit import mark_undone, revert
from imports.errors import ImportRefused
from imports.management.commands.import_records import user_with
from records import registry
from records.choices import Source
from records.models import Batch


class Command(BaseCommand):
    help = "Delete the records of one import, as a whole, keeping their history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", type=int, help="The number that import_records printed.")
        parser.add_argument(
            "--by", required=True, metavar="EMAIL", help="The user who imported it, or an admin."
        )

    def handle(self, *_args: object, batch: int, by: str, **_options: object) -> None:
        user = user_with(by)
        found = Batch.objects.filter(pk=batch, source=Source.IMPORT).first()
        if found is None:
            raise CommandError(_("There is no import with the number %(batch)d.") % {"batch": batch})
        try:
            removed = revert(registry.module(found.module), found, by=user)
        except ImportRefused as refused:
            raise CommandError(refused.message) from refused
        mark_undone(found)
        self.stdout.write(
            _("Batch %(batch)d: %(removed)d records deleted.") % {"batch": batch, "removed": removed}
        )
