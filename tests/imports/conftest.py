"""Users who import, and a material."""

from pathlib import Path

import pytest

from imports import commit
from sites.models import Material
from tests.factories import People, make_material, make_people


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def rock(people: People) -> Material:
    return make_material(code="ROCK", name="Rock")


@pytest.fixture
def folder(tmp_path: Path, rock: Material) -> Path:
    return tmp_path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "PART", 2)
