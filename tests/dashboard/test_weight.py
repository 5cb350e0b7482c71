"""What the dashboard weighs on its way to the browser."""

import gzip
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from dashboard.chart_figures import CHARTS
from tests.dashboard.case import FRAGMENT, TODAY, DashboardCase
from tests.dashboard.full_year import fill_a_year, make_materials_of_each_category
from tests.factories import make_member, make_role, make_site

STATIC = Path(settings.BASE_DIR) / "static"
MOST_BYTES = 100_000


def static_weight() -> int:
    """Return what style sheets, scripts and icons weigh, which a browser then keeps."""
    htmx = finders.find("django_htmx/htmx-2.min.js")
    assert htmx is not None
    files = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *STATIC.glob("*.svg"), Path(htmx)]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


class TestWeight(DashboardCase):
    def test_of_page_cards_charts_and_static_files_is_under_a_hundred_kilobytes(self) -> None:
        self.fill_two_sites()
        for site, days in (("YARD-NORTH", "30"), ("YARD-NORTH", "365"), ("all", "365")):
            query = {"site": site, "date": TODAY.isoformat(), "days": days}
            page = self.weight(reverse("dashboard:page"), query)
            charts = [
                self.weight(reverse("dashboard:chart", args=[name]), query, **FRAGMENT) for name in CHARTS
            ]

            with self.subTest(site=site, days=days):
                assert page + sum(charts) + static_weight() < MOST_BYTES

    def weight(self, path: str, query: dict[str, str], **headers: str) -> int:
        self.client.force_login(self.people.mona)
        response = self.client.get(path, query, headers={"Accept-Encoding": "gzip", **headers})
        assert response.status_code == 200
        assert response["Content-Encoding"] == "gzip"
        return len(response.content)

    def fill_two_sites(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.people.mona)
        materials, roles = make_materials_of_each_category(), [make_role() for _ in range(4)]
        for site in (self.site, east):
            fill_a_year(site, materials=materials, making=self.making, roles=roles, by=self.people.mona)
