"""A text of a CSV file is shown and not run, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_injection import BEGINNINGS, harmless, restored

texts = st.text(st.sampled_from(["'", "a", "1", *BEGINNINGS]), max_size=6) | st.text(max_size=20)


class TestHarmless:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", "'=1"])
    def test_puts_an_apostrophe_before_what_would_be_run(self, text: str) -> None:
        assert harmless(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["", "1", "1-2", "a=b", "'quoted'", " =1", "it's"])
    def test_leaves_any_other_text_alone(self, text: str) -> None:
        assert harmless(text) == text

    @given(texts)
    def test_never_returns_what_would_be_run(self, text: str) -> None:
        assert not harmless(text).startswith(tuple(BEGINNINGS))

    @given(texts)
    def test_is_undone_by_restored(self, text: str) -> None:
        assert restored(harmless(text)) == text
