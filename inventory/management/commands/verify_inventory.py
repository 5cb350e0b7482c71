from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from inventory.rebuild import verify
from sites.models import Site


class LedgerCommand(BaseCommand):
    """A command about the ledger of all sites, or of those given."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        help_text = "Only this site; may be given again."
        parser.add_argument("--site", action="append", default=[], metavar="CODE", help=help_text)

    def chosen_sites(self, codes: list[str]) -> list[Site]:
        """Return the sites with these codes, or all. Raises CommandError for a code that no site has."""
        sites = list(Site.objects.filter(code__in=codes) if codes else Site.objects.all())
        unknown = sorted(set(codes) - {site.code for site in sites})
        if unknown:
            raise CommandError(f"No site has the code {', '.join(unknown)}.")
        return sites


class Command(LedgerCommand):
    help = "Compare the stock ledger with the records. Exits with 1 and the differences where there are any."

    def handle(self, *, site: list[str], **options: object) -> None:
        del options
        sites = self.chosen_sites(site)
        wrong = 0
        for difference in verify(sites):
            wrong += 1
            self.stdout.write(str(difference))
        if wrong:
            self.stderr.write(f"{wrong} rows differ. `manage.py rebuild_inventory` corrects them.")
            raise SystemExit(1)
        self.stdout.write(f"The ledger of {len(sites)} sites equals the records.")
