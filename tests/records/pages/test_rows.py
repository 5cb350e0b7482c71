"""Rows that a template renders once and records fill in."""

from django.utils.safestring import SafeString

from records.pages.table import filled


def test_values_are_escaped_unless_they_are_safe() -> None:
    row = filled("<td>{notes}</td>{cell}", {"notes": "<b>'&\"", "cell": SafeString("<td></td>")})

    assert row == "<td>&lt;b&gt;&#x27;&amp;&quot;</td><td></td>"


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert filled("{notes} {by}", {"notes": "{by} {0} {{", "by": "Alice"}) == "{by} {0} {{ Alice"
