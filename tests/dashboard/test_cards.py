"""The change of a card in words."""

import datetime as dt
from decimal import Decimal

import pytest

from dashboard.cards import CardChange, ComparedWith, change_since_worked

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


SATURDAY, SUNDAY, MONDAY = dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2026, 3, 2)
TONS = {SATURDAY: Decimal(100), SUNDAY: Decimal(0), MONDAY: Decimal(112)}


class TestChangeSinceTheLastWorkingDay:
    def test_of_a_monday_is_with_the_saturday_and_says_so(self) -> None:
        shown = change_since_worked(TONS.__getitem__, MONDAY, {SATURDAY, MONDAY}, is_running=False)

        assert shown is not None
        assert f"{shown.amount} {shown.comparison}" == f"12{NBSP}% more than on Saturday 28 Feb"

    def test_of_a_running_day_is_with_the_whole_of_that_day(self) -> None:
        shown = change_since_worked(TONS.__getitem__, MONDAY, {SATURDAY, MONDAY}, is_running=True)

        assert shown is not None
        assert shown.comparison == "than on the whole of Saturday 28 Feb"

    def test_names_no_date_where_that_was_the_day_before(self) -> None:
        shown = change_since_worked(TONS.__getitem__, MONDAY, {SUNDAY, MONDAY}, is_running=False)

        assert shown is not None
        assert shown.comparison == "than the day before"

    def test_is_none_on_a_day_off_and_without_an_earlier_working_day(self) -> None:
        assert change_since_worked(TONS.__getitem__, SUNDAY, {SATURDAY}, is_running=False) is None
        assert change_since_worked(TONS.__getitem__, MONDAY, {MONDAY}, is_running=False) is None
