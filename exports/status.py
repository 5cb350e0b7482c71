"""The status of a user's exports: in the list, in the badge of the top bar, and as messages when they end."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import BigIntegerField, Count, Q
from django.utils import timezone

from core.db.prepared import Parameter, PreparedQuery
from core.jobs.models import JobStatus
from exports.datasets.dataset import label_of
from exports.models import ExportJob
from exports.writers.cover import common_zone
from sites.models import User

# How an export ends without its owner's doing.
ENDED = (JobStatus.COMPLETED, JobStatus.FAILED)
FOLLOWED = Q(status__in=ExportJob.ACTIVE) | Q(
    Q(seen_at__isnull=True) | Q(notified_at__isnull=True), status__in=ENDED
)
LIST_LENGTH = 50


@dataclass(frozen=True)
class Status:
    """How many exports of a user are in progress, have ended unseen, and have ended without a message."""

    active: int = 0
    unseen: int = 0
    unnotified: int = 0

    @property
    def shown(self) -> int:
        return self.active + self.unseen

    @property
    def is_changing(self) -> bool:
        """Return whether the badge must ask again: an export is in progress or a message is due."""
        return bool(self.active or self.unnotified)


# Read on every page; mostly there is nothing to follow.
_followed = PreparedQuery[ExportJob, tuple[int]](
    lambda: (
        ExportJob.objects.filter(FOLLOWED, owner=Parameter("owner", BigIntegerField()))
        .order_by()
        .values_list("pk")[:1]
    )
)


def status_of(user: User) -> Status:
    """Return the status of a user's exports. One query, two while there are any to follow."""
    if not user.is_active or not _followed.all(owner=user.pk):
        return Status()
    counts = (
        ExportJob.objects.for_user(user)
        .filter(FOLLOWED)
        .aggregate(
            active=Count("pk", filter=Q(status__in=ExportJob.ACTIVE)),
            unseen=Count("pk", filter=Q(status__in=ENDED, seen_at__isnull=True)),
            unnotified=Count("pk", filter=Q(status__in=ENDED, notified_at__isnull=True)),
        )
    )
    return Status(**counts)


@dataclass(frozen=True)
class JobRow:
    """A job as a row of the list."""

    job: ExportJob

    @cached_property
    def label(self) -> str:
        return label_of(self.job.module)

    @cached_property
    def site_codes(self) -> list[str]:
        return sorted(site.code for site in self.job.sites.all())

    @cached_property
    def zone(self) -> dt.tzinfo:
        return common_zone(self.job.sites.all())

    @property
    def zone_name(self) -> str:
        """Return the zone to name where it is not that of the sites."""
        return "UTC" if self.zone is dt.UTC else ""

    @property
    def badge_class(self) -> str:
        return {
            JobStatus.COMPLETED: "badge--success",
            JobStatus.FAILED: "badge--danger",
            JobStatus.EXPIRED: "badge--warning",
        }.get(JobStatus(self.job.status), "")


def latest_jobs(user: User) -> list[JobRow]:
    """Return a user's latest jobs, newest first, in two queries."""
    jobs = ExportJob.objects.for_user(user).prefetch_related("sites")[:LIST_LENGTH]
    return [JobRow(job) for job in jobs]


def claim_news(user: User) -> list[JobRow]:
    """Return the jobs that have ended without a message yet, and mark them: of two tabs, one shows it."""
    jobs = ExportJob.objects.for_user(user).filter(status__in=ENDED, notified_at__isnull=True)
    return [
        JobRow(job)
        for job in jobs.prefetch_related("sites")
        if job.row.filter(notified_at__isnull=True).update(notified_at=timezone.now())
    ]


def mark_seen(user: User, jobs: Sequence[ExportJob], *, notified: bool) -> None:
    """Save that the user has seen the jobs that have ended."""
    ended = [job.pk for job in jobs if job.status in ENDED and job.seen_at is None]
    if ended:
        now = timezone.now()
        mine = ExportJob.objects.filter(pk__in=ended, owner=user)
        mine.update(seen_at=now, **({"notified_at": now} if notified else {}))
