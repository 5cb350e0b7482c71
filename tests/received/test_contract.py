from received.models import ReceivedMaterial
from received.module import RECEIVED
from sites.models import Material
from tests.factories import make_material
from tests.records.contract import DATE, ModuleContract


class TestReceivedMaterialContract(ModuleContract[ReceivedMaterial]):
    module = RECEIVED
    list_queries = 7

    material: Material

    @classmethod
    def setUpTestData(cls) -> None:
        cls.material = make_material(tons_per_load="18")

    def values(self, number: int = 0) -> dict[str, object]:
        return {
            "date": DATE.isoformat(),
            "material": self.material.pk,
            "qty_ton": f"{number + 1}.5",
            "loads": "",
            "source": "City works",
            "vehicle_ref": "B-DO 17",
            "notes": "",
        }
