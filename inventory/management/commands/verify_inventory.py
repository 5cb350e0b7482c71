from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from inventory.management.sites import add_site_option, chosen_sites, description_of
from inventory.rebuild import verify


class Command(BaseCommand):
    help = "Compare the stock ledger with the records. Exits with 1 and the differences where there are any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_site_option(parser)

    def handle(self, *, site: list[str], **options: object) -> None:
        del options
        sites = chosen_sites(site)
        wrong = 0
        for difference in verify(sites):
            wrong += 1
            self.stdout.write(description_of(difference))
        if wrong:
            self.stderr.write(f"{wrong} rows differ. `manage.py rebuild_inventory` corrects them.")
            raise SystemExit(1)
        self.stdout.write(f"The ledger of {len(sites)} sites equals the records.")
