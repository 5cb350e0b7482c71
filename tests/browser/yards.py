"""A yard of the kind that the day sheet is for: its masters, and the lines of the day before."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from records import operations, registry
from records.choices import Source
from sites.models import Site, StockEffect, User
from tests.factories import (
    make_machine,
    make_material,
    make_member,
    make_operation,
    make_role,
    make_site,
)

MATERIALS = {
    "AGG-G1": "G1",
    "AGG-3/4": "3/4",
    "AGG-RIPRAP": "Riprap",
    "FINE-WASHED": "Washed sand",
    "BASE-CRUSHED": "Crushed base",
    "BASE-RECYCLED": "Recycled base",
    "RAW-CONCRETE": "Concrete debris",
    "RAW-MIXED": "Mixed C&D debris",
    "RAW-ASPHALT": "Asphalt debris",
}
MACHINES = {
    "CRUSHER-01": "Jaw crusher 1",
    "CRUSHER-02": "Cone crusher 1",
    "EXCAVATOR-01": "Excavator CAT320",
    "LOADER-01": "Wheel loader L120",
    "DUMPTRUCK-01": "Dump truck 6W",
}
ROLES = {"DRIVER": "Equipment driver", "OPERATOR": "Crusher operator", "LABORER": "Laborer"}


@dataclass
class Yard:
    """A site with what its lines are about, and its clerk."""

    site: Site
    alice: User

    @property
    def today(self) -> dt.date:
        return self.site.today()

    @property
    def address(self) -> str:
        return f"/day/{self.site.code}/{self.today.isoformat()}/"

    def enter(self, slug: str, *, days_ago: int = 0, **typed: object) -> int:
        """Enter a line as Alice; what names master data names it by its code. Returns the record's id."""
        date = self.today - dt.timedelta(days=days_ago)
        made = operations.create(
            module=registry.module(slug),
            values={"date": date.isoformat(), **typed},
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )
        record_id: int = made.record.pk
        return record_id

    def correct(self, slug: str, record_id: int, **typed: object) -> None:
        """Correct a line as Alice, from elsewhere."""
        operations.update(
            module=registry.module(slug), record_id=record_id, values=typed, by=self.alice, source=Source.API
        )


def make_north_yard() -> Site:
    """Make YARD-NORTH where it is about noon now, so that none of its days ends while a test goes on."""
    ahead = 12 - timezone.now().hour
    # These zones count backwards.
    return make_site(code="YARD-NORTH", name="North yard", timezone=f"Etc/GMT{-ahead:+d}")


def make_yard() -> Yard:
    """Make YARD-NORTH with materials, operations, machines, roles and Alice, its operator."""
    site = make_north_yard()
    for position, (code, name) in enumerate(MATERIALS.items()):
        make_material(code=code, name=name, position=position, tons_per_load="18")
    make_operation(code="CRU-PRO", name="Crushing, production", position=0)
    effect = StockEffect.REMOVES
    make_operation(code="CRU-OP", name="Crushing, feed used", stock_effect=effect, position=1)
    make_operation(code="SEG-OP", name="Segregation", position=2)
    for position, (code, name) in enumerate(MACHINES.items()):
        make_machine(site, code=code, name=name, position=position)
    for position, (code, name) in enumerate(ROLES.items()):
        make_role(code=code, name=name, position=position)
    return Yard(site, make_member(site, name="Alice"))
