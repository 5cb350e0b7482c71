from decimal import Decimal

from django.template import Context, Template


def drawn(template: str, **values: object) -> str:
    return Template(template).render(Context(values))


class TestFigures:
    def test_show_tons_with_two_decimals_rounded_half_up(self) -> None:
        assert drawn("{{ tons|tons }}", tons=Decimal("12345.675")) == "12,345.68"

    def test_show_a_count_with_its_thousands_apart(self) -> None:
        assert drawn("{{ loads|count }}", loads=12639) == "12,639"

    def test_show_a_dash_for_nothing(self) -> None:
        assert drawn("{{ tons|tons }}", tons=None) == "–"


class TestNumbersThatAreNoFigures:
    def test_are_shown_as_they_are_since_addresses_are_made_of_them(self) -> None:
        assert drawn('<tr id="row-{{ pk }}">', pk=5142) == '<tr id="row-5142">'
