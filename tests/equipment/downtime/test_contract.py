from equipment.downtime.models import Downtime
from equipment.downtime.module import DOWNTIME
from sites.models import Site
from tests.factories import make_downtime_reason, make_machine
from tests.records.contract import DATE, ModuleContract


class TestDowntimeContract(ModuleContract[Downtime]):
    module = DOWNTIME
    list_queries = 8

    def setUp(self) -> None:
        self.reason = make_downtime_reason(code="BELT")
        self.machines: dict[tuple[int, int], int] = {}
        super().setUp()

    def values(self, number: int = 0) -> dict[str, object]:
        return self.values_at(self.people.site, number)

    def values_at(self, site: Site, number: int) -> dict[str, object]:
        if (site.pk, number) not in self.machines:
            self.machines[site.pk, number] = make_machine(site).pk
        return {
            "date": DATE.isoformat(),
            "shift": "morning",
            "equipment": self.machines[site.pk, number],
            "reason": self.reason.pk,
            "start_time": "07:10",
            "end_time": "08:00",
            "minutes": "50",
            "event": "new",
            "notes": "",
        }
