"""What is usual for a material: a factor around the middle that few wrong records cannot move."""

from hypothesis import given
from hypothesis import strategies as st

from inventory.checks.outliers import FEWEST, LESS, MORE, Usual

amounts = st.integers(min_value=1, max_value=999_999_999)
samples = st.lists(amounts, min_size=FEWEST, max_size=100)

LORRIES = [14_200, 18_000, 22_500, 19_100, 17_300, 25_000, 16_000, 20_400]


def usual_of(sample: list[int]) -> Usual:
    usual = Usual.of(sample)
    assert usual is not None
    return usual


class TestUsual:
    def test_is_not_known_of_fewer_than_eight(self) -> None:
        assert Usual.of(LORRIES[1:]) is None
        assert Usual.of(LORRIES) == Usual(middle=18_000, factor=1_125)

    def test_tells_a_range_in_two_digits(self) -> None:
        usual = usual_of(LORRIES)

        assert (usual.lowest, usual.highest) == (14_000, 23_000)

    def test_is_left_by_kilograms_taken_for_tons_and_by_a_zero_too_many(self) -> None:
        usual = usual_of(LORRIES)

        assert usual.is_far(18_000_000)
        assert usual.is_far(180_000)
        assert usual.is_far(1_800)

    def test_is_not_left_by_a_big_or_a_nearly_empty_lorry(self) -> None:
        usual = usual_of(LORRIES)

        assert not usual.is_far(18_000 * MORE)
        assert usual.is_far(18_000 * MORE + 18)
        assert not usual.is_far(18_000 // LESS)

    def test_knows_what_a_slipped_decimal_point_meant(self) -> None:
        usual = usual_of(LORRIES)

        assert usual.meant(20_400_000) == 20_400
        assert usual.meant(204_000) == 20_400
        assert usual.meant(204) == 20_400
        assert usual.meant(77_777_777) is None

    def test_is_wide_where_records_differ_widely(self) -> None:
        usual = usual_of([1_000, 3_000, 9_000, 27_000, 81_000, 2_000, 5_000, 40_000, 700])

        assert not usual.is_far(5_000 * 30)
        assert usual.is_far(5_000 * 10_000)

    @given(samples, amounts)
    def test_does_not_depend_on_the_order(self, sample: list[int], amount: int) -> None:
        assert usual_of(sample) == usual_of(sorted(sample)) == usual_of(sample[::-1])

    @given(samples, amounts, amounts)
    def test_is_left_by_all_that_is_further_away_on_the_same_side(
        self, sample: list[int], one: int, other: int
    ) -> None:
        usual = usual_of(sample)
        nearer, further = sorted((usual.middle + one, usual.middle + other))

        assert usual.is_far(further) or not usual.is_far(nearer)

    @given(samples)
    def test_contains_its_middle_and_is_told_around_it(self, sample: list[int]) -> None:
        usual = usual_of(sample)

        assert not usual.is_far(usual.middle)
        assert min(sample) <= usual.middle <= max(sample)
        # Rounded to two digits, either end moves by a twentieth at most.
        assert usual.lowest * 20 <= usual.middle * 21
        assert usual.highest * 20 >= usual.middle * 19

    @given(
        st.lists(st.integers(min_value=10_000, max_value=30_000), min_size=9, max_size=60),
        st.data(),
    )
    def test_is_not_moved_out_of_the_good_records_by_fewer_wrong_ones(
        self, good: list[int], drawn: st.DataObject
    ) -> None:
        wrong = drawn.draw(st.lists(amounts, max_size=(len(good) - 1) // 2))

        usual = usual_of(good + wrong)

        assert min(good) <= usual.middle <= max(good)
        assert usual.factor <= max(good) * 1_000 // min(good)

    @given(samples, amounts)
    def test_means_something_usual(self, sample: list[int], amount: int) -> None:
        usual = usual_of(sample)
        meant = usual.meant(amount)

        assert meant is None or usual.lowest <= meant <= usual.highest
