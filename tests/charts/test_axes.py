"""Figures and dates at the edge of a drawing."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.axes import MOST_DATES, MOST_WORDS, figure_ticks, position_names, position_ticks

LAST = dt.date(2026, 3, 6)

finite = st.floats(-1e18, 1e18, allow_nan=False)


def days(count: int) -> list[dt.date]:
    return [LAST - dt.timedelta(days=ago) for ago in range(count - 1, -1, -1)]


def named(count: int) -> list[str]:
    return [name for _number, name in position_ticks(days(count))]


class TestFigureTicks:
    @pytest.mark.parametrize(
        ("low", "high", "ticks"),
        [
            (0, 97, [0, 20, 40, 60, 80, 100]),
            (0, 100, [0, 20, 40, 60, 80, 100]),
            (0, 1234.5, [0, 250, 500, 750, 1000, 1250]),
            (-180, 240, [-200, -100, 0, 100, 200, 300]),
            (0, 0.03, [Decimal(n) / 100 for n in (0, 1, 2, 3)]),
        ],
    )
    def test_are_figures_that_a_person_would_choose(
        self, low: float, high: float, ticks: list[Decimal | int]
    ) -> None:
        assert figure_ticks(low, high) == ticks

    def test_of_nothing_but_zero_go_up_to_one(self) -> None:
        ticks = figure_ticks(0, 0)

        assert [ticks[0], ticks[-1]] == [0, 1]

    @given(finite, finite, st.integers(3, 10))
    def test_hold_the_range_and_zero_at_equal_steps(self, one: float, other: float, most: int) -> None:
        low, high = sorted((one, other))

        ticks = figure_ticks(low, high, most=most)

        assert 2 <= len(ticks) <= most
        assert float(ticks[0]) <= min(low, 0)
        assert float(ticks[-1]) >= max(high, 0)
        assert 0 in ticks
        assert len({later - earlier for earlier, later in pairwise(ticks)}) == 1

    @given(finite, finite)
    def test_waste_no_more_than_half_of_the_room(self, one: float, other: float) -> None:
        low, high = sorted((one, other))

        ticks = figure_ticks(low, high)

        used = Decimal(repr(max(high, 0.0))) - Decimal(repr(min(low, 0.0)))
        if used:
            assert used * Decimal("2.01") >= ticks[-1] - ticks[0]


class TestDateTicks:
    def test_of_a_week_are_its_days(self) -> None:
        assert named(7) == ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]

    def test_of_a_month_are_its_mondays(self) -> None:
        assert named(30) == ["9 Feb", "16 Feb", "23 Feb", "2 Mar"]

    def test_of_a_quarter_are_the_middles_and_beginnings_of_months(self) -> None:
        assert named(90) == ["15 Dec", "1 Jan", "15 Jan", "1 Feb", "15 Feb", "1 Mar"]

    def test_of_a_year_are_its_quarters(self) -> None:
        assert named(365) == ["Apr 2025", "Jul 2025", "Oct 2025", "Jan 2026"]

    def test_of_a_year_of_weeks_are_the_first_of_its_quarters(self) -> None:
        weeks = [LAST - dt.timedelta(days=4, weeks=ago) for ago in range(52, -1, -1)]

        ticks = position_ticks(weeks)

        assert [name for _number, name in ticks] == ["Apr 2025", "Jul 2025", "Oct 2025", "Jan 2026"]
        assert weeks[ticks[0][0]] == dt.date(2025, 4, 7)

    def test_of_a_few_weeks_are_all_of_them(self) -> None:
        weeks = [LAST - dt.timedelta(days=4, weeks=ago) for ago in range(3, -1, -1)]

        assert [name for _number, name in position_ticks(weeks)] == ["9 Feb", "16 Feb", "23 Feb", "2 Mar"]

    def test_of_a_single_day_are_that_day(self) -> None:
        assert named(1) == ["Fri"]

    @given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2200, 1, 1)), max_size=400, unique=True))
    def test_are_few_whatever_the_dates(self, dates: list[dt.date]) -> None:
        ticks = position_ticks(sorted(dates))

        assert min(2, len(dates)) <= len(ticks) <= MOST_DATES
        assert [number for number, _name in ticks] == sorted({number for number, _name in ticks})


class TestNames:
    def test_stand_in_full_in_a_table(self) -> None:
        assert position_names([LAST, "Night"]) == ["Fri 6 Mar 2026", "Night"]

    def test_of_words_are_the_words(self) -> None:
        assert position_ticks(["Morning", "Night"]) == [(0, "Morning"), (1, "Night")]

    def test_of_many_words_are_some_of_them(self) -> None:
        assert len(position_ticks([f"Line {number}" for number in range(100)])) <= MOST_WORDS
