"""The usual range of tons: a factor around the median that a few wrong records cannot move."""

from hypothesis import given
from hypothesis import strategies as st

from inventory.warnings import MIN_FACTOR_ABOVE, MIN_FACTOR_BELOW, MIN_RECORDS, UsualRange

amounts = st.integers(min_value=1, max_value=999_999_999)
samples = st.lists(amounts, min_size=MIN_RECORDS, max_size=100)

LORRIES = [14_200, 18_000, 22_500, 19_100, 17_300, 25_000, 16_000, 20_400]


def usual_of(sample: list[int]) -> UsualRange:
    usual = UsualRange.of(sample)
    assert usual is not None
    return usual


class TestUsualRange:
    def test_needs_eight_records(self) -> None:
        assert UsualRange.of(LORRIES[1:]) is None
        assert UsualRange.of(LORRIES) == UsualRange(median=18_000, spread=1_125)

    def test_is_shown_with_two_digits(self) -> None:
        usual = usual_of(LORRIES)

        assert (usual.lowest, usual.highest) == (14_000, 23_000)

    def test_excludes_kilograms_typed_as_tons_and_a_zero_too_many(self) -> None:
        usual = usual_of(LORRIES)

        assert usual.is_outlier(18_000_000)
        assert usual.is_outlier(180_000)
        assert usual.is_outlier(1_800)

    def test_includes_a_big_and_a_nearly_empty_lorry(self) -> None:
        usual = usual_of(LORRIES)

        assert not usual.is_outlier(18_000 * MIN_FACTOR_ABOVE)
        assert usual.is_outlier(18_000 * MIN_FACTOR_ABOVE + 18)
        assert not usual.is_outlier(18_000 // MIN_FACTOR_BELOW)

    def test_suggests_the_amount_with_its_decimal_point_moved(self) -> None:
        usual = usual_of(LORRIES)

        assert usual.suggestion(20_400_000) == 20_400
        assert usual.suggestion(204_000) == 20_400
        assert usual.suggestion(204) == 20_400
        assert usual.suggestion(77_777_777) is None

    def test_is_wide_where_records_differ_widely(self) -> None:
        usual = usual_of([1_000, 3_000, 9_000, 27_000, 81_000, 2_000, 5_000, 40_000, 700])

        assert not usual.is_outlier(5_000 * 30)
        assert usual.is_outlier(5_000 * 10_000)

    @given(samples, amounts)
    def test_does_not_depend_on_the_order(self, sample: list[int], amount: int) -> None:
        assert usual_of(sample) == usual_of(sorted(sample)) == usual_of(sample[::-1])

    @given(samples, amounts, amounts)
    def test_excludes_everything_further_from_the_median_than_an_outlier(
        self, sample: list[int], one: int, other: int
    ) -> None:
        usual = usual_of(sample)
        nearer, further = sorted((usual.median + one, usual.median + other))

        assert usual.is_outlier(further) or not usual.is_outlier(nearer)

    @given(samples)
    def test_contains_its_median(self, sample: list[int]) -> None:
        usual = usual_of(sample)

        assert not usual.is_outlier(usual.median)
        assert min(sample) <= usual.median <= max(sample)
        # Rounded to two digits, either end moves by a twentieth at most.
        assert usual.lowest * 20 <= usual.median * 21
        assert usual.highest * 20 >= usual.median * 19

    @given(
        st.lists(st.integers(min_value=10_000, max_value=30_000), min_size=9, max_size=60),
        st.data(),
    )
    def test_stays_among_the_good_records_when_fewer_are_wrong(
        self, good: list[int], drawn: st.DataObject
    ) -> None:
        wrong = drawn.draw(st.lists(amounts, max_size=(len(good) - 1) // 2))

        usual = usual_of(good + wrong)

        assert min(good) <= usual.median <= max(good)
        assert usual.spread <= max(good) * 1_000 // min(good)

    @given(samples, amounts)
    def test_suggests_an_amount_in_the_range(self, sample: list[int], amount: int) -> None:
        usual = usual_of(sample)
        suggestion = usual.suggestion(amount)

        assert suggestion is None or usual.lowest <= suggestion <= usual.highest
