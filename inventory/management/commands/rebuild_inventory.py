from inventory.management.commands.verify_inventory import LedgerCommand
from inventory.rebuild import rebuild


class Command(LedgerCommand):
    help = "Write the stock ledger again from the records. Safe while people work; rows keep their ids."

    def handle(self, *, site: list[str], **options: object) -> None:
        del options
        sites = self.chosen_sites(site)
        fixed = 0
        for difference in rebuild(sites):
            fixed += 1
            self.stdout.write(str(difference))
        self.stdout.write(f"{fixed} rows corrected in {len(sites)} sites.")
