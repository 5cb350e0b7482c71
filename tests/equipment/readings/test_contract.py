from equipment.readings.models import CounterReading
from equipment.readings.module import READINGS
from sites.models import Site
from tests.factories import make_counter
from tests.records.contract import DATE, ModuleContract


class TestReadingsContract(ModuleContract[CounterReading]):
    module = READINGS
    list_queries = 7

    def setUp(self) -> None:
        self.counters: dict[tuple[int, int], int] = {}
        super().setUp()

    def values(self, number: int = 0) -> dict[str, object]:
        return self.values_at(self.people.site, number)

    def values_at(self, site: Site, number: int) -> dict[str, object]:
        if (site.pk, number) not in self.counters:
            self.counters[site.pk, number] = make_counter(site).pk
        return {
            "date": DATE.isoformat(),
            "shift": "morning",
            "counter": self.counters[site.pk, number],
            "opening": "1000.5",
            "closing": "1008.25",
            "event": "none",
            "notes": "",
        }
