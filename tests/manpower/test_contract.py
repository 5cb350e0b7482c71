from manpower.models import ManpowerLog, ManpowerRole
from manpower.module import MANPOWER
from tests.factories import make_role
from tests.records.contract import DATE, ModuleContract


class TestManpowerContract(ModuleContract[ManpowerLog]):
    module = MANPOWER
    list_queries = 7

    roles: list[ManpowerRole]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.roles = [make_role() for _ in range(7)]

    def values(self, number: int = 0) -> dict[str, object]:
        return {
            "date": DATE.isoformat(),
            "shift": "night",
            "role": self.roles[number].pk,
            "headcount": "3",
            "hours": "7.5",
            "notes": "",
        }
