"""What Prometheus collects at /metrics, and the files that use it."""

import datetime as dt
import json
import re
import secrets
from pathlib import Path
from unittest import mock

import pytest
import yaml
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from core.jobs.models import JobStatus
from deskops.models import BackupRun
from deskops.monitoring import health
from exports.datasets.selection import FileFormat, Granularity
from exports.models import ExportJob
from gate.models import OpenLoad
from imports.models import WatchedPlace
from tests.factories import make_material, make_site, make_user, make_vehicle

TOKEN = "a token for Prometheus"
# What the portal has, and the one figure that Prometheus adds.
METRIC = re.compile(r"\b(deskops_\w+|up)\b")
MONITORING: Path = settings.BASE_DIR / "deploy" / "monitoring"


def scrape(client: Client, authorization: str = f"Bearer {TOKEN}") -> HttpResponse:
    with override_settings(METRICS_TOKEN=TOKEN):
        return client.get("/metrics", headers={"Authorization": authorization})  # type: ignore[return-value]  # a test's


def samples(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the values of a scrape by their names and labels."""
    text = scrape(client).content.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(client: Client, name: str, **labels: str) -> float:
    return samples(client).get((name, frozenset(labels.items())), 0)


@pytest.mark.django_db
class TestMetrics:
    def test_does_not_exist_without_a_token_of_the_portal(self, client: Client) -> None:
        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    @pytest.mark.parametrize("authorization", ["", "Bearer", f"Basic {TOKEN}", "Bearer täken"])
    def test_rejects_another_token(self, client: Client, authorization: str) -> None:
        assert scrape(client, authorization).status_code == 401

    def test_counts_requests_and_their_seconds_by_view(self, client: Client) -> None:
        of_view = {"view": "livez", "method": "GET"}
        responses = value(client, "deskops_responses_total", view="livez", status="200")
        seconds = value(client, "deskops_request_duration_seconds_count", **of_view)

        client.get("/livez")
        client.get("/livez")

        assert value(client, "deskops_responses_total", view="livez", status="200") == responses + 2
        assert value(client, "deskops_request_duration_seconds_count", **of_view) == seconds + 2
        # The scrape itself.
        assert value(client, "deskops_requests_in_progress") == 1

    def test_counts_what_no_view_answers_under_one_name(self, client: Client) -> None:
        before = value(client, "deskops_responses_total", view="unknown", status="404")

        client.get("/nowhere/1/")
        client.get("/nowhere/2/")

        assert value(client, "deskops_responses_total", view="unknown", status="404") == before + 2

    def test_says_how_many_jobs_there_are_and_how_long_the_oldest_waits(self, client: Client) -> None:
        make_export(JobStatus.PENDING, queued_at=timezone.now() - dt.timedelta(minutes=5))
        make_export(JobStatus.PENDING)
        make_export(JobStatus.EXPIRED)

        found = samples(client)

        kind = ("kind", "exportjob")
        assert found["deskops_jobs", frozenset({kind, ("status", "pending")})] == 2
        assert found["deskops_jobs", frozenset({kind, ("status", "expired")})] == 1
        assert found["deskops_jobs_waiting", frozenset({kind})] == 2
        assert 300 <= found["deskops_jobs_oldest_waiting_seconds", frozenset({kind})] < 330

    def test_says_which_sites_have_not_submitted_their_days(self, client: Client) -> None:
        site = make_site(code="YARD-NORTH", working_weekdays="1234567")
        type(site).objects.filter(pk=site.pk).update(created_at=timezone.now() - dt.timedelta(days=30))

        assert value(client, "deskops_days_not_submitted", site="YARD-NORTH") in {6, 7, 8}

    def test_says_when_the_last_backup_was_begun(self, client: Client) -> None:
        assert value(client, "deskops_last_backup_timestamp_seconds") == 0
        now = timezone.now()
        BackupRun.objects.create(started_at=now, finished_at=now, machine="a", path="b")

        assert value(client, "deskops_last_backup_timestamp_seconds") == pytest.approx(now.timestamp())

    def test_says_whether_a_worker_runs(self, client: Client) -> None:
        cache.delete(health.WORKER_SEEN)
        assert value(client, "deskops_worker_up") == 0

        health.worker_seen()

        assert value(client, "deskops_worker_up") == 1

    def test_counts_failed_sign_ins(self, client: Client) -> None:
        before = value(client, "deskops_sign_in_failures_total")
        person = make_user()

        client.post("/accounts/login/", {"login": person.email, "password": "not this one"})

        assert value(client, "deskops_sign_in_failures_total") == before + 1

    def test_reports_a_database_that_is_away(self, client: Client) -> None:
        assert value(client, "deskops_database_up") == 1
        away = mock.patch.object(BackupRun.objects, "latest_finished", side_effect=OperationalError)

        with away:
            found = samples(client)

        assert found["deskops_database_up", frozenset()] == 0
        assert ("deskops_jobs_waiting", frozenset({("kind", "exportjob")})) not in found

    def test_has_what_the_alerts_and_the_dashboard_use(self, client: Client) -> None:
        make_export(JobStatus.PENDING)
        site = make_site(working_weekdays="1234567")
        type(site).objects.filter(pk=site.pk).update(created_at=timezone.now() - dt.timedelta(days=30))
        WatchedPlace.objects.create(name="Gate", site=site, owner=make_user(), kind="folder", error="Away.")
        made = {"time_in": timezone.now(), "first_ton": "20", "module": "received", "created_by": make_user()}
        OpenLoad.objects.create(site=site, vehicle=make_vehicle("A"), material=make_material(), **made)
        client.get("/livez")
        assert value(client, "deskops_open_loads", site=site.code) == 1
        assert value(client, "deskops_watched_place_failing", place="Gate") == 1
        labels_of: dict[str, set[str]] = {"up": {"instance", "job"}}
        for name, labels in samples(client):
            # The last two are Prometheus's own.
            labels_of.setdefault(name, {"instance", "job"}).update(label for label, _value in labels)
        alerts = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))
        rules = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
        dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
        queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

        used = {expression: set(METRIC.findall(expression)) for expression in [*rules, *queries]}

        unknown = {name for names in used.values() for name in names} - labels_of.keys()
        assert unknown == set()
        assert all(used.values())
        for expression, names in used.items():
            groups = re.findall(r"\bby \(([\w, ]*)\)", expression)
            matched = re.findall(r"\b(\w+)(?:=~|!~|!=|=)\"", expression)
            for label in {part.strip() for group in groups for part in group.split(",")} | set(matched):
                assert all(label in labels_of[name] for name in names), (expression, label)

    def test_has_the_labels_that_the_alerts_name_in_their_sentences(self) -> None:
        alerts = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))

        for rule in (rule for group in alerts["groups"] for rule in group["rules"]):
            named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
            kept = set(re.findall(r"by \((\w+)\)", rule["expr"])) or {"instance"}
            assert named <= kept, rule["alert"]


def make_export(status: JobStatus, queued_at: dt.datetime | None = None) -> ExportJob:
    """Create an export without a file."""
    today = timezone.now().date()
    job: ExportJob = ExportJob.objects.create(
        owner=make_user(),
        module="received",
        first=today,
        last=today,
        granularity=Granularity.DAILY,
        file_format=FileFormat.CSV,
        status=status,
        finished_at=timezone.now() if status == JobStatus.EXPIRED else None,
        fingerprint=secrets.token_hex(8),
        queued_at=queued_at or timezone.now(),
    )
    return job
