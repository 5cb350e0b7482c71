"""Every module of the menu is held to the contract."""

from records import registry
from tests.dispatch import test_contract as dispatch
from tests.equipment import test_contract as equipment
from tests.inventory import test_contract as inventory
from tests.manpower import test_contract as manpower
from tests.production import test_contract as production
from tests.received import test_contract as received

CONTRACTS = (
    production.TestProductionContract,
    received.TestReceivedMaterialContract,
    dispatch.TestDispatchContract,
    equipment.TestEquipmentContract,
    manpower.TestManpowerContract,
    inventory.TestStockCountContract,
)


class TestModules:
    def test_each_has_inherited_the_contract(self) -> None:
        held = {contract.module.slug for contract in CONTRACTS}

        assert held == {module.slug for module in registry.modules()}
