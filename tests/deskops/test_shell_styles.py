"""The style sheets and scripts: readable colours, no weight, nothing that a strict policy forbids."""

import gzip
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from deskops.web import shell

STATIC = Path(settings.BASE_DIR) / "static"
STYLE_SHEETS = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
HEAD = (Path(settings.BASE_DIR) / "templates" / "_head.html").read_text()
# What every page brings: the style sheets of its head, and the shell's own scripts.
EVERYWHERE = [STATIC / path for path in (*re.findall(r"static '(css/[^']+)'", HEAD), *shell.SCRIPTS)]
TOKENS = (STATIC / "css" / "tokens.css").read_text()

# What is read, on what it lies: at least 4.5 : 1 (WCAG 1.4.3).
TEXTS = [
    ("text", "bg"),
    ("text", "surface"),
    ("text", "surface-2"),
    ("text", "accent-bg"),
    ("text", "danger-bg"),
    ("text", "warning-bg"),
    ("text", "success-bg"),
    ("text-muted", "bg"),
    ("text-muted", "surface"),
    ("text-muted", "surface-2"),
    ("text-muted", "accent-bg"),
    ("accent", "bg"),
    ("accent", "surface"),
    ("accent", "surface-2"),
    ("accent", "accent-bg"),
    ("accent-strong", "surface"),
    ("accent-strong", "surface-2"),
    ("accent-strong", "accent-bg"),
    ("accent-text", "accent"),
    ("accent-text", "accent-strong"),
    ("danger", "bg"),
    ("danger", "surface"),
    ("danger", "danger-bg"),
    ("danger-text", "danger"),
    ("danger-text", "danger-strong"),
    ("warning", "surface"),
    ("warning", "warning-bg"),
    ("success", "surface"),
    ("success", "success-bg"),
    ("navy-text", "navy"),
    ("navy-text", "navy-2"),
    ("navy-text-strong", "navy-2"),
]
# What shows where to press or type, or where one is: at least 3 : 1 (WCAG 1.4.11).
EDGES = [
    ("border-strong", "bg"),
    ("border-strong", "surface"),
    ("border-strong", "surface-2"),
    ("focus", "bg"),
    ("focus", "surface"),
    ("focus", "surface-2"),
    ("navy-accent", "navy"),
    ("navy-accent", "navy-2"),
]


def colour(token: str, *, theme: str) -> str:
    """Return a token's colour in one of the themes."""
    found = re.search(rf"--{token}: (?:light-dark\((#\w{{6}}), (#\w{{6}})\)|(#\w{{6}}));", TOKENS)
    assert found, f"tokens.css names no --{token}"
    light, dark, both = found.groups()
    return both or (light if theme == "light" else dark)


def luminance(hexadecimal: str) -> float:
    """Return the relative luminance of WCAG."""
    parts = [int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize(("text", "ground"), TEXTS)
    def test_of_text_is_enough_to_read(self, theme: str, text: str, ground: str) -> None:
        assert contrast(colour(text, theme=theme), colour(ground, theme=theme)) >= 4.5

    @pytest.mark.parametrize(("edge", "ground"), EDGES)
    def test_of_edges_is_enough_to_see(self, theme: str, edge: str, ground: str) -> None:
        assert contrast(colour(edge, theme=theme), colour(ground, theme=theme)) >= 3


class TestStyleSheets:
    @pytest.mark.parametrize("sheet", STYLE_SHEETS, ids=lambda sheet: sheet.name)
    def test_know_no_left_and_no_right(self, sheet: Path) -> None:
        physical = re.findall(
            r"^\s*(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height"
            r"|(?:min|max)-(?:width|height))\s*:|text-align:\s*(?:left|right)",
            sheet.read_text(),
            flags=re.MULTILINE,
        )

        assert physical == []

    @pytest.mark.parametrize("sheet", STYLE_SHEETS, ids=lambda sheet: sheet.name)
    def test_fetch_nothing_from_elsewhere(self, sheet: Path) -> None:
        assert "://" not in sheet.read_text()
        # Django's own sheet is let in by one of ours, to lie below the portal's tokens.
        assert "@import" not in sheet.read_text().replace('@import url("../admin/css/base.css")', "")


class TestScripts:
    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
    def test_do_nothing_that_the_policy_forbids(self, script: Path) -> None:
        forbidden = re.findall(
            r"\beval\(|new Function|setAttribute\(.style|document\.write|://", script.read_text()
        )

        assert forbidden == []

    def test_import_each_other_in_one_direction(self) -> None:
        # A circle has no hash of its content: `collectstatic` fails, and the portal does not start.
        imports = {
            script: [
                (script.parent / path).resolve()
                for path in re.findall(
                    r'^(?:import|export)\b[^;]*?"(\.[^"]+)";', script.read_text(), re.MULTILINE
                )
            ]
            for script in SCRIPTS
        }

        order = list(TopologicalSorter(imports).static_order())

        assert set(order) == set(SCRIPTS)
        assert STATIC / "js/day/row.js" in imports[STATIC / "js/day/drafts.js"]


class TestWeight:
    def test_of_everything_that_a_page_needs_leaves_room_for_the_page(self) -> None:
        htmx = finders.find("django_htmx/htmx-2.min.js")
        assert htmx is not None
        files = [*EVERYWHERE, STATIC / "icons.svg", STATIC / "favicon.svg", Path(htmx)]

        weight = sum(len(gzip.compress(file.read_bytes())) for file in files)

        assert weight < 50_000
