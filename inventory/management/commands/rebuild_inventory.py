from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from inventory.management.sites import add_site_option, chosen_sites, told
from inventory.rebuild import rebuild


class Command(BaseCommand):
    help = "Write the stock ledger anew from the records. Safe while people work; rows keep their ids."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_site_option(parser)

    def handle(self, *, site: list[str], **options: object) -> None:
        del options
        sites = chosen_sites(site)
        mended = 0
        for difference in rebuild(sites):
            mended += 1
            self.stdout.write(told(difference))
        self.stdout.write(f"{mended} rows put right in {len(sites)} sites.")
