"""The change of a card in words."""

from decimal import Decimal

import pytest

from dashboard.cards import CardChange, ComparedWith

NBSP = "\N{NO-BREAK SPACE}"


def change(now: str, before: str, compared: ComparedWith = ComparedWith.DAY) -> CardChange:
    return CardChange(now=Decimal(now), before=Decimal(before), compared_with=compared)


class TestChange:
    @pytest.mark.parametrize(
        ("now", "before", "words", "direction"),
        [
            ("112", "100", f"12{NBSP}% more than the day before", "up"),
            ("88", "100", f"12{NBSP}% less than the day before", "down"),
            ("100.42", "100", f"0.4{NBSP}% more than the day before", "up"),
            ("101", "100", f"1{NBSP}% more than the day before", "up"),
            ("100", "100", "The same as the day before", "flat"),
            ("100.001", "100", "The same as the day before", "flat"),
            ("5", "0", f"100{NBSP}% more than the day before", "up"),
            ("0", "0", "The same as the day before", "flat"),
            ("0", "5", f"100{NBSP}% less than the day before", "down"),
            ("1300", "1", f"129,900{NBSP}% more than the day before", "up"),
        ],
    )
    def test_is_shown_in_words_and_with_an_arrow(
        self, now: str, before: str, words: str, direction: str
    ) -> None:
        shown = change(now, before)

        assert f"{shown.amount} {shown.comparison}" == words
        assert shown.direction == direction
        assert shown.tone == direction

    def test_compares_a_running_day_with_the_whole_day_before(self) -> None:
        shown = change("40", "100", ComparedWith.WHOLE_DAY)

        assert shown.comparison == "than the whole day before"

    def test_shows_less_on_a_running_day_without_alarm(self) -> None:
        shown = change("40", "100", ComparedWith.WHOLE_DAY)

        assert shown.direction == "down"
        assert shown.tone == "flat"

    def test_shows_more_on_a_running_day_as_good_news(self) -> None:
        assert change("140", "100", ComparedWith.WHOLE_DAY).tone == "up"

    def test_compares_a_level_with_the_end_of_the_day_before(self) -> None:
        shown = change("90", "100", ComparedWith.LEVEL)

        assert shown.comparison == "than at the end of the day before"
        assert shown.tone == "down"
