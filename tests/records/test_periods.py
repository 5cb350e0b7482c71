"""Days of a period, and the change from one figure to the next."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import change_percent
from sites.dates import days_until

tons = st.decimals(min_value=-999_999, max_value=999_999, places=3)


class TestDaysUntil:
    def test_ends_with_the_last_date_and_leaves_no_gap(self) -> None:
        dates = days_until(dt.date(2026, 3, 2), count=4)

        assert dates == (
            dt.date(2026, 2, 27),
            dt.date(2026, 2, 28),
            dt.date(2026, 3, 1),
            dt.date(2026, 3, 2),
        )


class TestChangePercent:
    @pytest.mark.parametrize(
        ("now", "before", "percent"),
        [
            ("112", "100", "12"),
            ("88", "100", "-12"),
            ("100", "100", "0"),
            ("0", "100", "-100"),
            ("0", "0", "0"),
            ("0.001", "0", "100"),
            ("-5", "0", "0"),
            # From below zero, up is up.
            ("-50", "-100", "50"),
            ("50", "-100", "150"),
        ],
    )
    def test_follows_the_rule(self, now: str, before: str, percent: str) -> None:
        assert change_percent(now=Decimal(now), before=Decimal(before)) == Decimal(percent)

    @given(now=tons, before=tons)
    def test_has_the_sign_of_the_difference(self, now: Decimal, before: Decimal) -> None:
        percent = change_percent(now=now, before=before)

        if before:
            assert (percent > 0) == (now > before)
            assert (percent < 0) == (now < before)
        else:
            assert percent == (100 if now > 0 else 0)
