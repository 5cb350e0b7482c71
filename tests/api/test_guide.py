"""The examples of docs/api.md, run as a reader would run them."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.test import LiveServerTestCase, override_settings

from api.auth import make_token
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from tests.factories import make_material, make_people
from tests.files import FilesOfTheTest

GUIDE = settings.BASE_DIR / "docs" / "api.md"
EXAMPLE = re.compile(
    r"^## (?P<title>[^\n]+)$|^```(?P<kind>sh|python)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
AT_ONCE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


def examples() -> dict[str, dict[str, str]]:
    """Return the guide's examples by chapter and kind."""
    found: dict[str, dict[str, str]] = {}
    title = ""
    for match in EXAMPLE.finditer(GUIDE.read_text(encoding="utf-8")):
        title = match["title"] or title
        if match["code"]:
            found.setdefault(title, {})[match["kind"]] = match["code"]
    return found


@override_settings(TASKS=AT_ONCE)
class TestGuide(FilesOfTheTest, LiveServerTestCase):
    storage = "exports"
    host = "127.0.0.1"

    def setUp(self) -> None:
        self.keep_files_apart()
        self.people = make_people()
        debris = make_material(code="DEBRIS", name="Debris", is_final=False)
        for tons in ("10.5", "20"):
            operations.create(
                module=RECEIVED,
                values={"date": "2026-03-02", "material": debris.pk, "qty_ton": tons},
                site=self.people.site,
                by=self.people.alice,
                source=Source.PAGE,
            )
        self.copy = Path(self.enterContext(tempfile.TemporaryDirectory())) / "copy"
        self.examples = examples()

    def run_example(self, title: str, kind: str) -> str:
        command = {"sh": ["sh", "-c"], "python": [sys.executable, "-W", "error", "-c"]}[kind]
        token = make_token(owner=self.people.alice, name="Guide")[1]
        variables = {"PORTAL": self.live_server_url, "TOKEN": token, "SITE": str(self.people.site.pk)}
        done = subprocess.run(
            [*command, self.examples[title][kind]],
            env={"PATH": os.environ["PATH"], "COPY": str(self.copy), **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test_lists_the_sites(self) -> None:
        output = json.loads(self.run_example("Before you begin", "sh"))

        assert [site["code"] for site in output["sites"]] == ["YARD-NORTH"]

    def test_creates_one_record_for_a_ticket_that_is_sent_twice(self) -> None:
        title = "Post a weighbridge ticket"
        by_curl = [json.loads(self.run_example(title, "sh")) for _ in range(2)]
        by_python = [self.run_example(title, "python") for _ in range(2)]

        assert by_curl[0] == by_curl[1]
        assert by_python[0] == by_python[1]
        assert ReceivedMaterial.objects.count() == 4

    def test_pages_through_a_year(self) -> None:
        page = json.loads(self.run_example("Page through a year", "sh"))
        output = self.run_example("Page through a year", "python")

        assert len(page["receivedMaterials"]) == 2
        assert output == "30.50 t received in 2026\n"

    def test_follows_changes(self) -> None:
        title = "Follow changes, for Power BI and other programs"
        begun = json.loads(self.run_example(title, "sh"))
        first = self.run_example(title, "python")
        load = ReceivedMaterial.objects.first()
        assert load is not None
        operations.delete(module=RECEIVED, record_id=load.pk, by=self.people.alice, source=Source.PAGE)

        then = self.run_example(title, "python")

        assert len(begun["receivedMaterials"]) == 2
        assert (first, then) == ("2 loads\n", "1 loads\n")

    def test_exports_a_file(self) -> None:
        title = "Export a file"
        created = json.loads(self.run_example(title, "sh"))
        output = self.run_example(title, "python")

        assert created["exportJob"]["module"] == "received"
        assert output.startswith("1 rows in ")
        assert self.copy.read_bytes().startswith(b"PK")

    def test_changes_a_record(self) -> None:
        assert self.run_example("Change a record", "python") == "weighed again\n"

    def test_runs_every_example(self) -> None:
        kinds = [(title, kind) for title, by_kind in self.examples.items() for kind in by_kind]

        assert len(kinds) == 11
