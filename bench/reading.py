"""The dashboard's figures and page, and the pages of a long list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.filling import LAST_DAY, Filled, statement
from bench.measuring import Measured, Report, against
from dashboard.cards import DayFigures
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.models import RecordQuerySet
from records.pages.table import PAGE_SIZE, key_of, page_of
from sites.models import Site, User

PAGE = 2000

type Values = Mapping[str, int | dt.date]
type Line = tuple[dt.date | None, Decimal, Decimal, Decimal, Decimal]


def cards(report: Report, filled: Filled) -> Measured:
    """Measure the four cards' figures of a site and day against one statement for all of them."""
    assert floor_of_last_day(filled) == [series[-1] for series in _cards(filled)], "floor and cards differ"
    sql, values = statement("cards"), _values(filled)
    measured = against(lambda: _cards(filled), lambda: _lines(sql, values))
    report.at_most(
        "four cards, one site and day, against one statement",
        value=measured.ratio,
        most=3,
        detail=measured.words,
    )
    return measured


def plan_of_cards(filled: Filled) -> str:
    """Return how the database goes about the one statement for the four cards, in its own words."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE, COSTS OFF)"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement('cards')}", _values(filled))
        return "\n".join(str(line[-1]) for line in cursor.fetchall())


def _cards(filled: Filled) -> Sequence[Sequence[Decimal]]:
    figures = DayFigures([filled.site], LAST_DAY)
    return (figures.production, figures.received, figures.dispatched, figures.stock)


def _values(filled: Filled) -> Values:
    return {"site": filled.site.pk, "first": LAST_DAY - dt.timedelta(days=13), "last": LAST_DAY}


def _lines(sql: str, values: Values) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        lines: list[Line] = cursor.fetchall()
        return lines


def floor_of_last_day(filled: Filled) -> list[Decimal]:
    """Return what the floor says of the last day, in tons: made, received, dispatched, in stock."""
    made = received = dispatched = stock = Decimal(0)
    for date, *kilograms in _lines(statement("cards"), _values(filled)):
        if date is None:
            stock = kilograms[3]
        elif str(date) == LAST_DAY.isoformat():
            made, received, dispatched = (
                total + part for total, part in zip((made, received, dispatched), kilograms, strict=False)
            )
    return [Decimal(total) / 1000 for total in (made, received, dispatched, stock)]


def dashboard(report: Report, filled: Filled) -> None:
    """Measure the dashboard's page against an empty page of the same person."""
    client = Client()
    client.force_login(filled.clerk)
    code = filled.site.code

    def ask(path: str, query: Mapping[str, str]) -> None:
        answer = client.get(path, query)
        assert answer.status_code == 200, answer

    page, empty = reverse("dashboard:page"), reverse("shortcuts")
    measured = against(
        lambda: ask(page, {"site": code, "date": LAST_DAY.isoformat()}),
        lambda: ask(empty, {"site": code}),
    )
    report.at_most(
        "dashboard page over an empty page",
        value=measured.mine - measured.floor,
        most=10,
        unit="ms more",
        detail=measured.words,
    )


def long_list(report: Report, filled: Filled) -> None:
    """Measure page 2,000 of a list against page 1: of one site, and of all of an admin's."""
    _pages(report, "one site", [filled.site], filled.clerk, filled.days)
    _pages(report, "all sites", filled.sites, filled.admin, filled.days)


def _pages(report: Report, words: str, sites: list[Site], user: User, days: int) -> None:
    records = _listed(sites, user, days)
    place = PAGE_SIZE * (PAGE - 1)
    deep = records.newest_first()[place - 1 : place].first()
    if deep is None:
        report.write(f"list of {words}: fewer than {PAGE:,} pages")
        return
    after = key_of(deep)
    measured = against(
        lambda: page_of(records, sites=sites, after=after), lambda: page_of(records, sites=sites), rounds=20
    )
    report.at_most(
        f"list, page {PAGE:,} and page 1 against each other, {words}",
        value=max(measured.ratio, 1 / measured.ratio),
        most=1.3,
        detail=measured.words,
    )


def _listed(sites: list[Site], user: User, days: int) -> RecordQuerySet[ReceivedMaterial]:
    """Return what the list page asks for, over all the days there are."""
    records = ReceivedMaterial.objects.for_user(user)
    chosen = [site.pk for site in sites]
    records = records.filter(site=chosen[0]) if len(chosen) == 1 else records.filter(site__in=chosen)
    related = (*RECEIVED.related, "site", "created_by", "updated_by")
    return records.between(LAST_DAY - dt.timedelta(days=days), LAST_DAY).select_related(*related)
