"""How a card says what changed."""

from decimal import Decimal

import pytest

from dashboard.cards.card import Change, Compared

NBSP = "\N{NO-BREAK SPACE}"


def change(now: str, before: str, compared: Compared = Compared.DAY) -> Change:
    return Change(now=Decimal(now), before=Decimal(before), compared=compared)


class TestChange:
    @pytest.mark.parametrize(
        ("now", "before", "words", "direction"),
        [
            ("112", "100", f"12{NBSP}% more than the day before", "up"),
            ("88", "100", f"12{NBSP}% less than the day before", "down"),
            ("100.42", "100", f"0.4{NBSP}% more than the day before", "up"),
            ("101", "100", f"1{NBSP}% more than the day before", "up"),
            ("100", "100", "As much as the day before", "flat"),
            ("100.001", "100", "As much as the day before", "flat"),
            ("5", "0", f"100{NBSP}% more than the day before", "up"),
            ("0", "0", "As much as the day before", "flat"),
            ("0", "5", f"100{NBSP}% less than the day before", "down"),
            ("1300", "1", f"129,900{NBSP}% more than the day before", "up"),
        ],
    )
    def test_is_told_in_words_and_arrow(self, now: str, before: str, words: str, direction: str) -> None:
        told = change(now, before)

        assert f"{told.amount} {told.compared_with}" == words
        assert told.direction == direction
        assert told.tone == direction

    def test_of_a_running_day_is_told_against_the_whole_day_before(self) -> None:
        told = change("40", "100", Compared.WHOLE_DAY)

        assert told.compared_with == "than the whole day before"

    def test_of_a_running_day_is_no_bad_news_yet(self) -> None:
        told = change("40", "100", Compared.WHOLE_DAY)

        assert told.direction == "down"
        assert told.tone == "flat"

    def test_of_a_running_day_that_is_ahead_already_is_good_news(self) -> None:
        assert change("140", "100", Compared.WHOLE_DAY).tone == "up"

    def test_of_a_level_is_told_against_where_it_stood(self) -> None:
        told = change("90", "100", Compared.LEVEL)

        assert told.compared_with == "than at the end of the day before"
        assert told.tone == "down"
