from production.models import Production
from production.module import PRODUCTION
from sites.models import Material, Operation
from tests.factories import make_material, make_operation
from tests.records.contract import DATE, ModuleContract


class TestProductionContract(ModuleContract[Production]):
    module = PRODUCTION
    list_queries = 8

    material: Material
    operations: list[Operation]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.material = make_material()
        cls.operations = [make_operation() for _ in range(7)]

    def values(self, number: int = 0) -> dict[str, object]:
        return {
            "date": DATE.isoformat(),
            "shift": "morning",
            "material": self.material.pk,
            "operation": self.operations[number].pk,
            "qty_ton": f"{number + 1}.5",
            "notes": "",
        }
