"""Every page of the portal, in both themes: accessible, and within its content security policy."""

import datetime as dt
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page

from alerts.emails import unsubscribe_address
from alerts.evaluation import evaluate
from alerts.models import Alert, Kind, Webhook, WebhookEvent
from alerts.webhooks import new_secret, queue_delivery
from exports import actions
from exports.datasets.selection import ExportRequest, FileFormat
from gate.actions import complete_load, open_load
from gate.models import OpenLoad
from imports import actions as import_actions
from imports.uploads import create_upload
from imports.worker import ImportRunner
from records import operations, registry
from records.choices import Source
from sites.accounts.encryption import encrypt
from sites.calendar.changes import add_holidays
from sites.models import Role, Site, User
from tests.browser.accessibility import (
    RULES,
    SCHEMES,
    assert_fits,
    assert_is_touchable,
    assert_is_valid,
    assert_nobody_is_kept_out,
    give_axe,
    wear,
)
from tests.browser.people import complaints_of, sign_in
from tests.browser.yards import make_north_yard
from tests.exports.jobs_case import runner
from tests.factories import (
    make_counter,
    make_downtime_reason,
    make_machine,
    make_material,
    make_member,
    make_operation,
    make_party,
    make_role,
    make_rule,
    make_target,
    make_user,
    make_vehicle,
    make_weighbridge,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (1280, 390)


@pytest.fixture
def site() -> Site:
    return make_north_yard()


def pages_of_a_module(slug: str, record_id: int) -> list[str]:
    records, new = reverse(f"{slug}:list"), reverse(f"{slug}:create")
    return [
        f"{records}?site=YARD-NORTH",
        f"{records}?site=all&totals=1",
        f"{reverse(f'{slug}:deleted')}?site=YARD-NORTH",
        f"{new}?site=YARD-NORTH",
        f"{new}?site=all",
        *(reverse(f"{slug}:{page}", args=[record_id]) for page in ("edit", "delete", "history")),
        f"{reverse(f'{slug}:restore', args=[record_id])}?version=1",
    ]


def pages_of_a_target(target_id: int) -> list[str]:
    return [f"/production/targets/{target_id}/edit/", f"/production/targets/{target_id}/remove/"]


def export_pages(site: Site, by: User) -> list[str]:
    """Return the pages of the exports, with a job that waits, one that failed and one that was cancelled."""
    for days in range(3):
        first = site.today() - dt.timedelta(days=days)
        wanted = ExportRequest(
            module="received", sites=(site,), first=first, last=first, file_format=FileFormat.CSV
        )
        job = actions.request_export(request=wanted, by=by).job
        if days == 1:
            actions.cancel(job_id=job.pk, by=by)
        if days == 2:
            runner.fail(runner.claim(job.pk) or job, "The moon is in the wrong place.")
    requested = "/exports/new/?module=received&site=YARD-NORTH"
    return ["/exports/", requested, f"{requested}&q=wet&granularity=weekly", "/exports/verify/"]


def import_pages(site: Site, by: User) -> list[str]:
    """Return the pages of the imports, with a file that was looked at and one that was written."""
    make_material(code="ROCK", name="Rock")
    uploads = []
    for tons in ("12.5", "13.5"):
        rows = f"Date,Material,Tons\n{site.today()},ROCK,{tons}\n{site.today()},Gold,much\n"
        upload = create_upload(file=SimpleUploadedFile("loads.csv", rows.encode()), by=by)
        import_actions.set_up(upload=upload, by=by, module="received", sites=[site])
        ImportRunner().run(upload.pk)
        upload.refresh_from_db()
        uploads.append(upload)
    looked_at, written = uploads
    import_actions.start_import(upload=written, by=by, digest=written.digest, skip_rejected=True)
    ImportRunner().run(written.pk)
    return [
        reverse("imports:list"),
        f"{reverse('imports:new')}?site=YARD-NORTH&module=received",
        *(reverse(f"imports:{page}", args=[looked_at.pk]) for page in ("page", "table", "columns")),
        reverse("imports:page", args=[written.pk]),
    ]


def gate_pages(site: Site, by: User) -> list[str]:
    """Return the gate with a lorry on site and a ticket of today, and the pages of the load."""
    bridge, material = make_weighbridge(site), make_material()
    carrier = make_party("Fast Haulage", is_carrier=True)
    make_vehicle("B-DO 17", tare="14.12", carrier=carrier)
    loads = [
        open_load(
            load=OpenLoad(
                site=site, module="received", first_ton="38.46", weighbridge=bridge, material=material
            ),
            plate=plate,
            by=by,
        )
        for plate in ("B-DO 17", "KA-52-17")
    ]
    load = complete_load(load=loads[0], second_ton="14.12", by=by, confirmed=True).record
    return [
        "/gate/?site=YARD-NORTH",
        reverse("gate:edit", args=[loads[1].pk]),
        reverse("gate:ticket", args=["received", load.pk]),
        f"{reverse('gate:ticket', args=['received', load.pk])}?paper=a4",
        f"{reverse('received:edit', args=[load.pk])}?site=YARD-NORTH",
    ]


def typed(site: Site) -> dict[str, object]:
    """Return what any module's form takes."""
    return {
        "date": site.today().isoformat(),
        "material": make_material().pk,
        "operation": make_operation().pk,
        "qty_ton": "12.5",
        "owner": "Miller",
        "reference": "LS-4711",
        "equipment": make_machine(site).pk,
        "reason": make_downtime_reason(code="BELT").pk,
        "minutes": "20",
        "counter": make_counter(site).pk,
        "opening": "100",
        "closing": "108",
        "role": make_role().pk,
        "headcount": "3",
        "hours": "7.5",
        "counted_ton": "12.5",
        "notes": "a note",
    }


def portal_pages(site: Site, by: User) -> list[str]:
    """Return the addresses of what is no module's, with a record of each module for the pages to be about."""
    values = typed(site)
    for module in registry.modules():
        operations.create(module=module, values=values, site=site, by=by, source=Source.PAGE)
    return [
        "/dashboard/",
        "/dashboard/?site=all",
        "/today/",
        "/dashboard/sites/",
        "/dashboard/month/",
        "/downtime/availability/?site=YARD-NORTH",
        "/readings/figures/?site=YARD-NORTH",
        "/dashboard/balance/?site=YARD-NORTH",
        "/dashboard/balance/?site=all",
        "/analysis/?site=YARD-NORTH&rows=material&columns=month&filters=1",
        "/analysis/?site=all&rows=week&columns=material&view=chart",
        "/analysis/?site=YARD-NORTH&measure=received&compare=before",
        "/dashboard/charts/flow/",
        reverse("day:page", args=["YARD-NORTH", site.today()]),
        reverse("day:history", args=["YARD-NORTH", site.today()]),
        "/inventory/?site=YARD-NORTH",
        "/inventory/?site=all",
        f"{reverse('inventory:material', args=[values['material']])}?site=YARD-NORTH",
        "/account/",
        "/account/tokens/",
        "/api/docs",
        "/shortcuts/",
        *export_pages(site, by),
        *gate_pages(site, by),
        "/equipment/machines/",
        "/equipment/machines/?site=all",
        f"/equipment/machines/{values['equipment']}/",
    ]


MANAGER_PAGES = (
    "/production/targets/?site=YARD-NORTH",
    "/production/targets/?site=all",
    "/production/targets/history/?site=YARD-NORTH",
    "/calendar/?site=YARD-NORTH&year=2026",
    "/calendar/?site=all",
    "/calendar/history/?site=YARD-NORTH",
)
ADMIN_PAGES = (
    "/admin/",
    "/admin/sites/site/",
    "/admin/sites/site/add/",
    "/admin/sites/material/",
    "/admin/sites/operation/",
    "/admin/inventory/stockthreshold/",
    "/admin/inventory/stockthreshold/add/",
    "/admin/api/apitoken/",
    "/admin/equipment/machine/",
    "/admin/equipment/machine/add/",
    "/admin/downtime/downtimereason/",
    "/admin/readings/counter/add/",
    "/admin/readings/telematicsfeed/add/",
    "/admin/readings/telematicsreading/",
    "/admin/downtime/downtimereason/add/",
    "/admin/manpower/manpowerrole/",
    "/admin/parties/party/",
    "/admin/parties/party/add/",
    "/admin/parties/party/import/",
    "/admin/parties/vehicle/add/",
    "/gate/spellings/",
    "/admin/production/target/",
    "/admin/production/target/add/",
    "/admin/sites/user/",
    "/admin/sites/securityevent/",
    "/admin/exports/exportaudit/",
)


def look_at(page: Page, addresses: list[str]) -> None:
    """Open each page and let axe and the console speak, at each width in light and in dark."""
    complaints = complaints_of(page)
    for address in addresses:
        answer = page.goto(address)

        assert answer is not None
        assert answer.ok, (address, answer.status)
        if directory := os.environ.get("HTML_DIR"):
            name = re.sub(r"\W+", "-", answer.url.partition("//")[2])
            (Path(directory) / f"{name}.html").write_bytes(answer.body())
        assert_is_valid(page)
        give_axe(page)
        for scheme in SCHEMES:
            wear(page, scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})

                assert_nobody_is_kept_out(page, RULES[scheme])
                assert_fits(page)
                assert complaints == [], (address, complaints)


class TestPages:
    def test_of_an_operator(self, page: Page, site: Site, base_url: str) -> None:
        alice = make_member(site, name="Alice")
        sign_in(page.context, alice, base_url)

        look_at(page, portal_pages(site, alice))

    @pytest.mark.parametrize("slug", [module.slug for module in registry.modules()])
    def test_of_a_module(self, page: Page, site: Site, base_url: str, slug: str) -> None:
        alice = make_member(site, name="Alice")
        values = typed(site)
        for module in registry.modules():
            made = operations.create(module=module, values=values, site=site, by=alice, source=Source.PAGE)
            if module.slug == slug:
                record_id = made.record.pk
        sign_in(page.context, alice, base_url)

        look_at(page, pages_of_a_module(slug, record_id))

    def test_of_the_imports(self, page: Page, site: Site, base_url: str) -> None:
        alice = make_member(site, name="Alice")
        sign_in(page.context, alice, base_url)

        look_at(page, import_pages(site, alice))

    def test_of_a_manager(self, page: Page, site: Site, base_url: str) -> None:
        mona = make_member(site, role=Role.MANAGER, name="Mona")
        first, last = dt.date(2026, 12, 24), dt.date(2026, 12, 26)
        add_holidays(site=site, by=mona, first=first, last=last, name="Christmas")
        make_target(site, "90", since=dt.date(2026, 1, 1))
        target = make_target(site, "100", since=first)
        sign_in(page.context, mona, base_url)

        low_mark = reverse("inventory:threshold", args=[make_material().pk])
        low_marks = [f"{low_mark}?site=YARD-NORTH"]
        look_at(page, [*MANAGER_PAGES, *low_marks, *pages_of_a_target(target.pk)])

    def test_of_alerts(self, page: Page, site: Site, base_url: str) -> None:
        ada = make_user(name="Ada", is_superuser=True)
        material = make_material()
        rule = make_rule(site, Kind.STOCK_BELOW, material, level_ton=Decimal(5))
        evaluate()
        facts, now = Alert.objects.get().facts, timezone.now()
        Alert.objects.create(site=site, kind=rule.kind, facts=facts, began_at=now, ended_at=now)
        webhook = Webhook.objects.create(url="https://hooks.example.com/", secret=encrypt(new_secret()))
        queue_delivery(webhook, WebhookEvent.TEST)
        sign_in(page.context, ada, base_url)

        look_at(
            page,
            [
                "/alerts/?site=YARD-NORTH",
                "/alerts/?site=all",
                "/alerts/rules/?site=YARD-NORTH",
                "/alerts/rules/?site=all",
                "/alerts/rules/history/?site=YARD-NORTH",
                *(
                    f"/alerts/rules/new/{kind}/?site=YARD-NORTH"
                    for kind in ("stock_above", "nothing", "unusual")
                ),
                f"/alerts/rules/{rule.pk}/delete/",
                "/alerts/emails/",
                "/alerts/webhooks/",
                f"/alerts/webhooks/{webhook.pk}/",
                "/dashboard/sites/?from=2026-01-01&to=2026-01-31",
                unsubscribe_address("choice", 1).removeprefix(settings.PORTAL_URL),
            ],
        )

    def test_of_an_admin(self, page: Page, site: Site, base_url: str) -> None:
        ada = make_user(name="Ada", is_superuser=True)
        make_material()
        make_operation()
        make_machine(site)
        make_role()
        sign_in(page.context, ada, base_url)

        look_at(page, list(ADMIN_PAGES))

    def test_can_be_used_with_a_finger(self, browser: Browser, site: Site, base_url: str) -> None:
        alice = make_member(site, name="Alice")
        context = browser.new_context(
            base_url=base_url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        sign_in(context, alice, base_url)
        page = context.new_page()

        for address in [*portal_pages(site, alice), f"{reverse('received:list')}?site=YARD-NORTH&filters=1"]:
            page.goto(address)

            assert_is_touchable(page)
        context.close()

    def test_of_a_stranger(self, page: Page) -> None:
        look_at(page, ["/", "/accounts/login/", "/accounts/password/reset/"])
