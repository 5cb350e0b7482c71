from equipment.models import EquipmentLog, Machine
from equipment.module import EQUIPMENT
from sites.models import Site
from tests.factories import make_machine
from tests.records.contract import DATE, ModuleContract


class TestEquipmentContract(ModuleContract[EquipmentLog]):
    module = EQUIPMENT
    list_queries = 7

    def setUp(self) -> None:
        self.machines: dict[int, list[Machine]] = {}
        super().setUp()

    def values(self, number: int = 0) -> dict[str, object]:
        return self.values_at(self.people.site, number)

    def values_at(self, site: Site, number: int) -> dict[str, object]:
        machines = self.machines.setdefault(site.pk, [])
        while len(machines) <= number:
            machines.append(make_machine(site))
        return {
            "date": DATE.isoformat(),
            "shift": "morning",
            "equipment": machines[number].pk,
            "count": "2",
            "hours": "7.25",
            "status": "operational",
            "notes": "",
        }
