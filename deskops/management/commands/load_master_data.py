"""Load the master data that the project ships."""

import argparse
from typing import override

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from equipment.downtime.models import DowntimeReason
from equipment.models import Machine
from manpower.models import ManpowerRole
from sites.models import MasterData, MasterDataQuerySet, Material, Operation, Site
from sites.shipped import create_missing, materials, operations, read_rows


class Command(BaseCommand):
    help = (
        "Creates the shipped materials, operations, roles and reasons for downtime that are missing, "
        "and the machines of the sites that are named; changes nothing that is there."
    )

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--site",
            action="append",
            default=[],
            metavar="CODE",
            help="a site that gets the shipped machines; may be given several times",
        )

    @override
    @transaction.atomic
    def handle(self, *, site: list[str], **_options: object) -> None:
        self._load(materials(), among=Material.objects.all())
        self._load(operations(), among=Operation.objects.all())
        roles = read_rows(settings.BASE_DIR / "manpower" / "master_data" / "roles.csv")
        self._load([ManpowerRole(**row) for row in roles], among=ManpowerRole.objects.all())
        self._load_reasons()
        machines = read_rows(settings.BASE_DIR / "equipment" / "master_data" / "machines.csv")
        for code in site:
            found = Site.objects.filter(code=code).first()
            if found is None:
                raise CommandError(_("There is no site “%(code)s”.") % {"code": code})
            self._load(
                [Machine(site=found, **row) for row in machines],
                among=Machine.objects.filter(site=found),
                where=found.code,
            )

    def _load_reasons(self) -> None:
        """Load the reasons for downtime: the groups, then what is in them."""
        folder = settings.BASE_DIR / "equipment" / "downtime" / "master_data"
        rows = read_rows(folder / "reasons.csv")
        for is_group in (True, False):
            groups = {group.code: group for group in DowntimeReason.objects.filter(group=None)}
            reasons = [
                DowntimeReason(
                    code=row["code"],
                    name=row["name"],
                    group=groups.get(row["group"]),
                    category=row["category"],
                    is_planned=row["is_planned"] == "true",
                )
                for row in rows
                if (not row["group"]) == is_group
            ]
            # A reason whose group was renamed or removed belongs to the people who did so.
            known = [reason for reason in reasons if is_group or reason.group is not None]
            self._load(known, among=DowntimeReason.objects.filter(group__isnull=is_group))

    def _load[M: MasterData](
        self, shipped: list[M], *, among: MasterDataQuerySet[M], where: str = ""
    ) -> None:
        made = create_missing(shipped, among=among)
        names = among.model._meta
        sentence = _("%(made)d %(kind)s created, %(kept)d were there already.") % {
            "made": made,
            "kind": names.verbose_name if made == 1 else names.verbose_name_plural,
            "kept": len(shipped) - made,
        }
        self.stdout.write(f"{where}: {sentence}" if where else sentence)
