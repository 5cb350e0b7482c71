from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from inventory.management.sites import add_site_option, chosen_sites, description_of
from inventory.rebuild import rebuild


class Command(BaseCommand):
    help = "Write the stock ledger again from the records. Safe while people work; rows keep their ids."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_site_option(parser)

    def handle(self, *, site: list[str], **options: object) -> None:
        del options
        sites = chosen_sites(site)
        fixed = 0
        for difference in rebuild(sites):
            fixed += 1
            self.stdout.write(description_of(difference))
        self.stdout.write(f"{fixed} rows corrected in {len(sites)} sites.")
