"""House rules of the whole suite; what a test is about it makes itself, with tests.factories."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.core.cache import cache, caches
from django.test import TestCase, TransactionTestCase
from pytest_django import DjangoDbBlocker

from core.numbers import page_mark

# A slow machine is no failure, and a failing example must be repeatable from the log alone. The examples are
# the same each time, for a change is judged and not the dice; --hypothesis-profile=search looks for others.
patient = hypothesis.settings(
    deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("house", patient, derandomize=True)
hypothesis.settings.register_profile("search", patient)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def _nothing_left_in_the_cache(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Empty the cache after a test that is not rolled back: no model has its table, so nobody else does."""
    yield
    if _commits(request):
        with django_db_blocker.unblock():
            cache.clear()


@pytest.fixture(autouse=True)
def _no_usual_entries() -> None:
    """Forget what sites usually enter: in tests, sites of the same ids enter other things."""
    caches["usual_entries"].clear()


@pytest.fixture(autouse=True)
def _no_decimal_mark_left() -> Iterator[None]:
    """Reset what a page sets for its request; tests that call a page's code without one leave it set."""
    token = page_mark.set("")
    yield
    page_mark.reset(token)


def _commits(request: pytest.FixtureRequest) -> bool:
    if isinstance(request.cls, type) and issubclass(request.cls, TransactionTestCase):
        return not issubclass(request.cls, TestCase)
    mark = request.node.get_closest_marker("django_db")
    return mark is not None and bool(mark.kwargs.get("transaction"))
