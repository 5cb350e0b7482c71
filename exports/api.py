"""Exports for programs: the same jobs, asked for and fetched as JSON says.

The API itself knows nothing of exports: it is told of these routes by `settings.API_ROUTERS`, and tells the
refusals that are raised here as it tells every other.
"""

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Schema, Status
from pydantic import (
    AfterValidator,
    ConfigDict,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

from core.jobs.models import JobStatus
from exports import actions
from exports.datasets.dataset import STOCK_LEDGER, subjects
from exports.datasets.selection import FileFormat, Granularity
from exports.downloads import hand_out
from exports.errors import RangeBackwards
from exports.models import ExportJob
from exports.permissions import require_own, visible_sites
from exports.requests import ExportRequest
from records.errors import NotVisible
from sites.dates import EARLIEST, LATEST, NOT_A_DATE
from sites.models import Site, User
from sites.moments import day_at, read_day

router = Router(tags=["exports"], by_alias=True)

NEWEST = 20
LONGEST_ID = 18
# What the API calls inventory is the ledger; the counts that people enter have a name of their own there.
COUNTS, LEDGER = "inventory", STOCK_LEDGER.slug
CALLED = {LEDGER: "inventory", COUNTS: "counts"}
SLUGS = {called: slug for slug, called in CALLED.items()}


def _module(text: str) -> str:
    if text not in {CALLED.get(each.slug, each.slug) for each in subjects()}:
        raise ValueError(_("There is nothing of this name to export."))
    return text


def _written(text: str) -> str:
    try:
        read_day(text)
    except ValueError as error:
        raise ValueError(str(NOT_A_DATE)) from error
    return text


type Word = Annotated[StrictStr, StringConstraints(max_length=100)]
type Module = Annotated[Word, AfterValidator(_module)]
type JobId = Annotated[str, Path(description=_("Id of the job."))]
type Written = Annotated[Word, AfterValidator(_written)]


# What is told of a download: the framework knows of answers in JSON alone.
_FILE = {kind.content_type: {"schema": {"type": "string", "format": "binary"}} for kind in FileFormat}
FETCHED = {
    "parameters": [
        {
            "name": "Range",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": _("Which part of the file, such as bytes=0-1023; without, all of it."),
        }
    ],
    "responses": {
        HTTPStatus.OK: {
            "description": _("The file"),
            "content": _FILE,
            "headers": {
                "Repr-Digest": {
                    "description": _("SHA-256 of the whole file."),
                    "schema": {"type": "string"},
                }
            },
        },
        HTTPStatus.PARTIAL_CONTENT: {
            "description": _("The part of it that was asked for"),
            "content": _FILE,
            "headers": {
                "Content-Range": {"description": _("Which part it is."), "schema": {"type": "string"}}
            },
        },
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: {"description": _("The file has no such part")},
    },
}


class Call(HttpRequest):
    """A request that the API has let in."""

    # Refuses a caller who may not write. The API holds every route that changes something to asking it.
    require_writer: Callable[[], object]


class NewExport(Schema):
    """Which file is wanted."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=False)

    site_id: StrictInt | Word = Field(description=_("Id of the site."))
    module: Module = Field(
        description=_("Of what: production, dispatch, received, equipment, manpower, inventory.")
    )
    date_from: Written = Field(description=_("First operating date."))
    date_to: Written = Field(description=_("Last operating date; at most as many days as your role may."))
    granularity: Literal["daily", "weekly", "monthly"] | None = Field(
        "daily", description=_("What one row sums up: a day, a week, a month.")
    )
    format: Literal["xlsx", "csv", "pdf"] = Field(description=_("Kind of file."))

    @field_validator("date_to")
    @classmethod
    def ends_after_it_begins(cls, last: str, given: ValidationInfo[None]) -> str:
        """Refuse what is backwards whatever the site; of moments, only the site knows the dates."""
        days = read_day(str(given.data.get("date_from", last))), read_day(last)
        if not any(isinstance(day, dt.datetime) for day in days) and days[1] < days[0]:
            raise ValueError(_("The range ends before it begins."))
        return last


class JobTold(Schema):
    """A job: what is asked for, and how far it is."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: int = Field(description=_("Id of the job."))
    site_id: int = Field(description=_("Id of the site; of the first of them where there are several."))
    site_ids: list[int] = Field(description=_("Ids of all its sites."))
    module: str = Field(description=_("Of what."))
    date_from: dt.date = Field(description=_("First operating date."))
    date_to: dt.date = Field(description=_("Last operating date."))
    granularity: str = Field(description=_("daily, weekly or monthly"))
    format: str = Field(description=_("xlsx, csv or pdf"))
    status: str = Field(description=_("pending, processing, completed, failed, cancelled or expired"))
    progress: int = Field(ge=0, le=100, description=_("How much is made, in %."))
    file_size: int | None = Field(ge=0, description=_("In bytes."))
    file_hash: str | None = Field(description=_("SHA-256."))
    record_count: int | None = Field(ge=0, description=_("Rows in the file."))
    error_message: str | None = Field(description=_("Why there is no file, where making it failed."))
    download_url: str | None = Field(description=_("Where the file is, while it is there."))
    expires_at: str | None = Field(description=_("Until when the file is kept."))
    created_at: str = Field(description=_("When it was asked for."))


class OneJob(Schema):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    export_job: JobTold


class Jobs(Schema):
    jobs: list[JobTold] = Field(description=_("Newest first."))


@router.post("", response={201: OneJob, 200: OneJob}, operation_id="exports_created", url_name="exports")
def created(request: Call, body: NewExport) -> Status[OneJob]:
    """Ask for a file; what is asked for already while it is being made is that job."""
    wanted = _wanted(body, _person(request))
    request.require_writer()
    asked = actions.ask(request=wanted, by=_person(request))
    status = HTTPStatus.OK if asked.is_repeat else HTTPStatus.CREATED
    return Status(status, OneJob(export_job=_told(asked.job)))


@router.get("", response=Jobs, operation_id="exports_listed", url_name="exports")
def listed(request: HttpRequest) -> Jobs:
    """Answer your newest jobs."""
    own = ExportJob.objects.for_user(_person(request)).prefetch_related("sites")
    return Jobs(jobs=[_told(job) for job in own.order_by("-requested_at", "-id")[:NEWEST]])


@router.get("/{job_id}", response=OneJob, operation_id="exports_read", url_name="export")
def read(request: HttpRequest, job_id: JobId) -> OneJob:
    """Answer one job of yours."""
    return OneJob(export_job=_told(_own(request, job_id)))


@router.get(
    "/{job_id}/download",
    operation_id="exports_download",
    url_name="export_download",
    openapi_extra=FETCHED,
)
def download(request: HttpRequest, job_id: JobId) -> HttpResponseBase:
    """Hand out the file, or the part of it that Range asks for."""
    return hand_out(request, _own(request, job_id))


@router.post("/{job_id}/retry", response=OneJob, operation_id="exports_retry", url_name="export_retry")
def retry(request: Call, job_id: JobId) -> OneJob:
    """Make the file of a failed, cancelled or expired job again."""
    job = _own(request, job_id)
    request.require_writer()
    return OneJob(export_job=_told(actions.retry(job_id=job.pk, by=_person(request))))


@router.delete("/{job_id}", response={204: None}, operation_id="exports_deleted", url_name="export")
def deleted(request: Call, job_id: JobId) -> Status[None]:
    """Cancel a job that is under way, or put away one that is over, with its file."""
    job, by = _own(request, job_id), _person(request)
    request.require_writer()
    if job.is_active:
        actions.cancel(job_id=job.pk, by=by)
    else:
        actions.remove(job_id=job.pk, by=by)
    return Status(HTTPStatus.NO_CONTENT, None)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _own(request: HttpRequest, job_id: str) -> ExportJob:
    if not _is_id(job_id):
        raise NotVisible
    return require_own(_person(request), int(job_id))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def _wanted(body: NewExport, by: User) -> ExportRequest:
    """Return what a body asks for. Raises NotVisible, ExportRefused."""
    site = _site(str(body.site_id), by)
    first, last = _date(body.date_from, site), _date(body.date_to, site)
    if last < first:
        raise RangeBackwards(_("The range ends before it begins."))
    return ExportRequest(
        module=SLUGS.get(body.module, body.module),
        sites=(site,),
        first=first,
        last=last,
        file_format=FileFormat(body.format),
        granularity=Granularity(body.granularity or Granularity.DAILY),
    )


def _site(text: str, by: User) -> Site:
    if not _is_id(text):
        raise NotVisible
    return visible_sites(by, [int(text)])[0]


def _date(text: str, site: Site) -> dt.date:
    try:
        date = day_at(site, read_day(text))
    except ValueError as error:
        raise RangeBackwards(str(NOT_A_DATE)) from error
    if not EARLIEST <= date <= LATEST:
        raise RangeBackwards(str(NOT_A_DATE))
    return date


def _told(job: ExportJob) -> JobTold:
    site_ids = [site.pk for site in job.sites.all()]
    counted = job.rows_total or 0
    progress = min(99, job.rows_done * 100 // counted) if counted else 0
    is_completed = job.status == JobStatus.COMPLETED
    return JobTold(
        id=job.pk,
        site_id=site_ids[0],
        site_ids=site_ids,
        module=CALLED.get(job.module, job.module),
        date_from=job.first,
        date_to=job.last,
        granularity=job.granularity,
        format=job.file_format,
        status=job.status,
        progress=100 if is_completed else progress,
        file_size=job.size,
        file_hash=job.sha256 or None,
        record_count=job.rows_done if is_completed else None,
        error_message=job.error or None,
        download_url=f"/api/exports/{job.pk}/download" if job.is_ready else None,
        expires_at=None if job.expires_at is None else _moment(job.expires_at),
        created_at=_moment(job.requested_at),
    )


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
