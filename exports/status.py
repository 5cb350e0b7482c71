"""What a person's exports are doing: in the list, in the top bar, and told once when they are over."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import BigIntegerField, Count, Q
from django.utils import timezone

from core.jobs.models import JobStatus
from exports.models import ExportJob
from exports.requests import label_of
from exports.writers.cover import zone_of
from records.prepared import Asked, Tally
from sites.models import User

# What an export can end as that its person did not bring about.
OVER = (JobStatus.COMPLETED, JobStatus.FAILED)
FOLLOWED = Q(status__in=ExportJob.ACTIVE) | Q(
    Q(seen_at__isnull=True) | Q(notified_at__isnull=True), status__in=OVER
)
LIST_LENGTH = 50


@dataclass(frozen=True)
class Standing:
    """How many of a person's exports are under way, have ended unseen, and have not been told of."""

    active: int = 0
    unseen: int = 0
    untold: int = 0

    @property
    def shown(self) -> int:
        return self.active + self.unseen

    @property
    def is_moving(self) -> bool:
        """Say whether it is worth asking again: something is under way, or a message is waiting."""
        return bool(self.active or self.untold)


# Asked on every page, where mostly nothing is to be followed.
_followed = Tally[ExportJob, tuple[int]](
    lambda: (
        ExportJob.objects.filter(FOLLOWED, owner=Asked("owner", BigIntegerField()))
        .order_by()
        .values_list("pk")[:1]
    )
)


def standing_of(user: User) -> Standing:
    """Return how a person's exports stand. One query, two while there are any to follow."""
    if not user.is_active or not _followed.ask(owner=user.pk):
        return Standing()
    counted = (
        ExportJob.objects.for_user(user)
        .filter(FOLLOWED)
        .aggregate(
            active=Count("pk", filter=Q(status__in=ExportJob.ACTIVE)),
            unseen=Count("pk", filter=Q(status__in=OVER, seen_at__isnull=True)),
            untold=Count("pk", filter=Q(status__in=OVER, notified_at__isnull=True)),
        )
    )
    return Standing(**counted)


@dataclass(frozen=True)
class Line:
    """A job as a line of the list."""

    job: ExportJob

    @cached_property
    def label(self) -> str:
        return label_of(self.job.module)

    @cached_property
    def places(self) -> list[str]:
        return sorted(site.code for site in self.job.sites.all())

    @cached_property
    def zone(self) -> dt.tzinfo:
        return zone_of(self.job.sites.all())

    @property
    def zone_name(self) -> str:
        """Return what is said beside a moment that no clock of the sites shows."""
        return "UTC" if self.zone is dt.UTC else ""

    @property
    def look(self) -> str:
        """Return how the badge of the status looks."""
        return {
            JobStatus.COMPLETED: "badge--success",
            JobStatus.FAILED: "badge--danger",
            JobStatus.EXPIRED: "badge--warning",
        }.get(JobStatus(self.job.status), "")


def lines_of(jobs: Iterable[ExportJob]) -> list[Line]:
    return [Line(job) for job in jobs]


def latest_of(user: User) -> list[Line]:
    """Return a person's latest jobs, newest first, in two queries."""
    return lines_of(ExportJob.objects.for_user(user).prefetch_related("sites")[:LIST_LENGTH])


def take_news(user: User) -> list[Line]:
    """Return what has ended since the person was last told, and take it as told."""
    news = list(
        ExportJob.objects.for_user(user)
        .filter(status__in=OVER, notified_at__isnull=True)
        .prefetch_related("sites")
    )
    # Of two tabs that ask at once, one tells.
    return lines_of(job for job in news if _take(job))


def _take(job: ExportJob) -> bool:
    untold = ExportJob.objects.filter(pk=job.pk, notified_at__isnull=True)
    return bool(untold.update(notified_at=timezone.now()))


def see(user: User, jobs: Sequence[ExportJob], *, told: bool) -> None:
    """Take down that the person has looked at what is over."""
    over = [job.pk for job in jobs if job.status in OVER and job.seen_at is None]
    if over:
        mine = ExportJob.objects.filter(pk__in=over, owner=user)
        mine.update(seen_at=timezone.now(), **({"notified_at": timezone.now()} if told else {}))
