"""The audit of the pinned libraries, and the list of them that comes with a release."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from scripts.audit import Audited, judge
from scripts.release import bill_of_materials

REQUIREMENTS: str = (settings.BASE_DIR / "requirements.txt").read_text("utf-8")


class TestAudit:
    def test_fails_with_a_known_vulnerability_and_names_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found: list[Audited] = [{"name": "django", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}]

        assert judge(found, content_sum="a", audited=tmp_path / "audited") == 1
        assert "django 1.0: PYSEC-1" in capsys.readouterr().out
        assert not (tmp_path / "audited").exists()

    def test_notes_the_date_where_every_library_was_looked_up(self, tmp_path: Path) -> None:
        found: list[Audited] = [{"name": "django", "version": "6.1.3", "vulns": []}]

        assert judge(found, content_sum="a", audited=tmp_path / "audited") == 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\d a\n", (tmp_path / "audited").read_text())

    @pytest.mark.parametrize("found", [[], [{"name": "django", "skip_reason": "not found"}]])
    def test_says_when_it_was_last_done_without_data(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], found: list[Audited]
    ) -> None:
        (tmp_path / "audited").write_text("2026-11-01 of before\n")

        assert judge(found, content_sum="a", audited=tmp_path / "audited") == 0
        printed = capsys.readouterr().out
        assert re.search(r"Last looked up: 2026-11-01, \d+ days ago, for other versions\.", printed)

    def test_says_that_nothing_was_ever_looked_up(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert judge([], content_sum="a", audited=tmp_path / "audited") == 0
        assert "Nothing was checked: these libraries were never looked up." in capsys.readouterr().out


class TestBillOfMaterials:
    def test_names_every_pinned_library_with_its_hashes(self) -> None:
        bill = json.loads(bill_of_materials(REQUIREMENTS, version="1.2.3"))

        components = {each["name"]: each for each in bill["components"]}
        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
        assert bill["metadata"]["component"] == {
            "type": "application",
            "bom-ref": "deskops",
            "name": "deskops",
            "version": "1.2.3",
        }
        assert set(components) == set(re.findall(r"^([\w.-]+)==", REQUIREMENTS, re.MULTILINE))
        django = components["django"]
        assert django["purl"] == f"pkg:pypi/django@{django['version']}"
        assert {found["alg"] for found in django["hashes"]} == {"SHA-256"}
        assert len(bill["dependencies"][0]["dependsOn"]) == len(components)

    def test_is_the_same_for_the_same_libraries(self) -> None:
        assert bill_of_materials(REQUIREMENTS, version="1") == bill_of_materials(REQUIREMENTS, version="1")
