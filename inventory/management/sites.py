"""The option for sites and the text of a difference, for the commands of the ledger."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from inventory.ledger.snapshots import InventorySnapshot
from inventory.ledger.statements import AMOUNTS
from inventory.rebuild import Difference
from sites.models import Site


def add_site_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--site", action="append", default=[], metavar="CODE", help="Only this site; may be given again."
    )


def chosen_sites(codes: list[str]) -> list[Site]:
    """Return the sites with these codes, or all. Raises CommandError for a code that no site has."""
    sites = list(Site.objects.filter(code__in=codes) if codes else Site.objects.all())
    unknown = sorted(set(codes) - {site.code for site in sites})
    if unknown:
        raise CommandError(f"No site has the code {', '.join(unknown)}.")
    return sites


def description_of(difference: Difference) -> str:
    """Return the row that differs, with its stored and expected amounts."""
    place = f"site {difference.line.site_id} material {difference.line.material_id} {difference.date}"
    if difference.stored is None:
        return f"{place}: missing, should be {_amounts(difference.expected)}"
    if difference.expected is None:
        return f"{place}: should not be there, is {_amounts(difference.stored)}"
    return f"{place}: is {_amounts(difference.stored)}, should be {_amounts(difference.expected)}"


def _amounts(row: InventorySnapshot | None) -> str:
    return " ".join(f"{column.removesuffix('_ton')}={getattr(row, column)}" for column in AMOUNTS)
