"""Short words for what machines do at a yard."""

import datetime as dt

from equipment.models import EquipmentLog, Machine, Status
from equipment.module import EQUIPMENT
from records import operations
from records.choices import Shift, Source
from sites.models import User


def log(
    machine: Machine,
    *,
    by: User,
    date: dt.date,
    hours: str,
    count: int = 1,
    shift: Shift = Shift.WHOLE_DAY,
    status: Status = Status.OPERATIONAL,
    notes: str = "",
) -> EquipmentLog:
    """Log what a machine ran at its site."""
    return operations.create(
        module=EQUIPMENT,
        values={
            "date": date,
            "shift": shift,
            "equipment": machine.pk,
            "count": count,
            "hours": hours,
            "status": status,
            "notes": notes,
        },
        site=machine.site,
        by=by,
        source=Source.PAGE,
        confirmed=True,
    ).record
