"""Reads drawings back, for the tests of charts."""

import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def read(markup: str) -> ET.Element:
    """Parse what was drawn, which proves that it is well-formed."""
    return ET.fromstring(markup)  # noqa: S314  our own


def numbers(path: str) -> list[float]:
    """Return every number of a path."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


def words(svg: ET.Element) -> list[str]:
    """Return the texts of the drawing."""
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def paths(svg: ET.Element, *, fill: str = "none", stroke: str | None = None) -> list[str]:
    """Return the paths with this fill and this stroke."""
    return [
        path.attrib["d"]
        for path in svg.iter(f"{SVG}path")
        if path.get("fill") == fill and path.get("stroke") == stroke
    ]
