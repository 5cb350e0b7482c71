"""Every module of the menu is tested by the contract."""

import re
from importlib import import_module

from records import registry
from tests.records.contract import ModuleContract


class TestModules:
    def test_each_has_inherited_the_contract(self) -> None:
        for package in registry.packages():
            import_module(f"tests.{package}.test_contract")

        tested = {
            contract.module.slug
            for contract in ModuleContract.__subclasses__()
            if hasattr(contract, "module")
        }

        assert tested >= {module.slug for module in registry.modules()}

    def test_labels_are_words_of_people(self) -> None:
        for module in registry.modules():
            for column in (*module.list_columns, *module.entered_columns):
                assert not re.search("[a-z][A-Z]|_", str(column.label)), (module.slug, column.name)
