"""What the dashboard weighs on its way to the browser."""

import gzip
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from dashboard.chart_cards import CHART_FACES
from inventory.snapshots import InventorySnapshot
from sites.models import Category
from tests.dashboard.case import FRAGMENT, ONE_DAY, TODAY, DashboardCase
from tests.factories import make_material

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
        self.fill_a_year()
        for days in ("30", "365"):
            query = {"site": "YARD-NORTH", "date": TODAY.isoformat(), "days": days}
            page = self.weight(reverse("dashboard:page"), query)
            charts = [
                self.weight(reverse("dashboard:chart", args=[name]), query, **FRAGMENT)
                for name in CHART_FACES
            ]

            with self.subTest(days=days):
                assert page + sum(charts) + static_weight() < MOST_BYTES

    def weight(self, path: str, query: dict[str, str], **headers: str) -> int:
        self.client.force_login(self.people.mona)
        response = self.client.get(path, query, headers={"Accept-Encoding": "gzip", **headers})
        assert response.status_code == 200
        assert response["Content-Encoding"] == "gzip"
        return len(response.content)

    def fill_a_year(self) -> None:
        """Let three materials of each category move every day, by figures that do not repeat."""
        materials = [make_material(category=category) for category in Category for _ in range(3)]
        rows = []
        for number, material in enumerate(materials):
            closing = Decimal(0)
            for ago in range(364, -1, -1):
                received = Decimal((ago * 7919 + number * 104729) % 99991) / 1000
                rows.append(
                    InventorySnapshot(
                        site=self.site,
                        material=material,
                        date=TODAY - ago * ONE_DAY,
                        opening_ton=closing,
                        received_ton=received,
                        closing_ton=closing + received,
                    )
                )
                closing += received
        InventorySnapshot.objects.bulk_create(rows)
