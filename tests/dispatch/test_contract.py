from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import Material, Operation
from tests.factories import make_material, make_operation
from tests.records.contract import DATE, ModuleContract


class TestDispatchContract(ModuleContract[Dispatch]):
    module = DISPATCH
    list_queries = 8

    material: Material
    operation: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.material = make_material(tons_per_load="18")
        cls.operation = make_operation()

    def values(self, number: int = 0) -> dict[str, object]:
        return {
            "date": DATE.isoformat(),
            "material": self.material.pk,
            "operation": self.operation.pk,
            "qty_ton": f"{number + 1}.5",
            "loads": "",
            "trips": "2",
            "owner": "Road works",
            "reference": f"LS-{number}",
            "notes": "",
        }

    def setUp(self) -> None:
        super().setUp()
        # What leaves has come before, so that nothing but the contract is asked about.
        operations.create(
            module=RECEIVED,
            values={"date": DATE, "material": self.material.pk, "qty_ton": "1000"},
            site=self.people.site,
            by=self.people.alice,
            source=Source.PAGE,
        )
