from inventory.models import StockCount
from inventory.module import STOCK_COUNTS
from sites.models import Material
from tests.factories import make_material
from tests.records.contract import DATE, ModuleContract


class TestStockCountContract(ModuleContract[StockCount]):
    module = STOCK_COUNTS
    list_queries = 7

    materials: list[Material]

    @classmethod
    def setUpTestData(cls) -> None:
        # One count of a material on a date, so each record is of another material.
        cls.materials = [make_material() for _ in range(6)]

    def values(self, number: int = 0) -> dict[str, object]:
        return {
            "date": DATE.isoformat(),
            "material": self.materials[number].pk,
            "counted_ton": f"{number + 1}.5",
            "notes": "Measured when the books were opened",
            # What the form showed: the books say nothing.
            "seen": f"0.000 {number + 1}.500",
        }
