"""The routes of exports in the API: `settings.API_ROUTERS` adds this router to it."""

import datetime as dt
from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Path, Router, Status
from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from api.auth import require_writer, user_of
from api.responses import InvalidValueError
from api.schemas import (
    BAD_REQUEST,
    CONFLICT,
    CREATED,
    NO_CONTENT,
    NOT_FOUND,
    OK,
    READ_ERRORS,
    WRITE_ERRORS,
    RequestSchema,
    ResponseSchema,
    ShortText,
    SiteKey,
    errors,
    is_reversed,
    moment_text,
    read_day,
    row_id,
)
from core.jobs.models import JobStatus
from exports import actions, files
from exports.actions import require_own, visible_sites
from exports.datasets.selection import STOCK_LEDGER, ExportRequest, FileFormat, Granularity, datasets
from exports.errors import RangeBackwards
from exports.models import ExportJob
from sites.dates import EARLIEST, LATEST, NOT_A_DATE, day_at
from sites.models import Site, User

router = Router(tags=["exports"], by_alias=True)

NEWEST = 20
# The API's inventory is the ledger; the stock counts have another name there.
COUNTS, LEDGER = "inventory", STOCK_LEDGER.slug
API_NAMES = {LEDGER: "inventory", COUNTS: "counts"}
SLUGS = {name: slug for slug, name in API_NAMES.items()}


def _module(text: str) -> str:
    if text not in {API_NAMES.get(dataset.slug, dataset.slug) for dataset in datasets()}:
        raise InvalidValueError(_("No data of this name can be exported."))
    return text


def _day(text: str) -> str:
    read_day(text)
    return text


JobId = Annotated[str, Path(description=_("Id of the job."))]


class NewExport(RequestSchema):
    """The file to make."""

    site_id: SiteKey = Field(description=_("Id of the site."))
    module: Annotated[ShortText, AfterValidator(_module)] = Field(
        description=_("The data: production, dispatch, received, equipment, manpower, inventory.")
    )
    date_from: Annotated[ShortText, AfterValidator(_day)] = Field(description=_("First operating date."))
    date_to: Annotated[ShortText, AfterValidator(_day)] = Field(
        description=_("Last operating date; your role limits the number of days.")
    )
    granularity: Literal["daily", "weekly", "monthly"] | None = Field(
        "daily", description=_("The period of one row: a day, a week, a month.")
    )
    format: Literal["xlsx", "csv", "pdf"] = Field(description=_("Format of the file."))

    @field_validator("date_to")
    @classmethod
    def ends_after_it_begins(cls, last: str, given: ValidationInfo[None]) -> str:
        """Refuse a reversed range."""
        if is_reversed(read_day(given.data.get("date_from", last)), read_day(last)):
            raise InvalidValueError(_("The range ends before it begins."), "range")
        return last


class JobItem(ResponseSchema):
    """An export job."""

    id: int = Field(description=_("Id of the job."))
    site_id: int = Field(description=_("Id of the site; of the first one where there are several."))
    site_ids: list[int] = Field(description=_("Ids of all its sites."))
    module: str = Field(description=_("The data."))
    date_from: dt.date = Field(description=_("First operating date."))
    date_to: dt.date = Field(description=_("Last operating date."))
    granularity: str = Field(description=_("daily, weekly or monthly"))
    format: str = Field(description=_("xlsx, csv or pdf"))
    status: str = Field(description=_("pending, processing, completed, failed, cancelled or expired"))
    progress: int = Field(ge=0, le=100, description=_("Progress, in %."))
    file_size: int | None = Field(ge=0, description=_("In bytes."))
    file_hash: str | None = Field(description=_("SHA-256."))
    record_count: int | None = Field(ge=0, description=_("Rows in the file."))
    error_message: str | None = Field(description=_("Why the job failed."))
    download_url: str | None = Field(description=_("The address of the file, while it is kept."))
    expires_at: str | None = Field(description=_("Until when the file is kept."))
    created_at: str = Field(description=_("When the job was created."))


class OneJob(ResponseSchema):
    export_job: JobItem


class Jobs(ResponseSchema):
    jobs: list[JobItem] = Field(description=_("Newest first."))


# What ninja cannot know of a download: it is no JSON.
_FILE = {kind.content_type: {"schema": {"type": "string", "format": "binary"}} for kind in FileFormat}
DOWNLOAD = {
    "parameters": [
        {
            "name": "Range",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": _("The part of the file to send, such as bytes=0-1023; all of it by default."),
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
            "description": _("The requested part of the file"),
            "content": _FILE,
            "headers": {
                "Content-Range": {"description": _("The part that is sent."), "schema": {"type": "string"}}
            },
        },
    },
}


@router.post(
    "",
    response={
        CREATED: OneJob,
        OK: OneJob,
        **WRITE_ERRORS,
    },
    operation_id="exports_create",
    url_name="exports",
    summary=_("Create an export job"),
)
def create_export(request: HttpRequest, body: NewExport) -> Status[OneJob]:
    """Create a job, or return the active job for the same file."""
    user = user_of(request)
    export_request = _export_request(body, user)
    require_writer(request)
    requested = actions.request_export(request=export_request, by=user)
    status = OK if requested.is_repeat else CREATED
    return Status(status, OneJob(export_job=_job(requested.job)))


@router.get(
    "",
    response={OK: Jobs, **errors(BAD_REQUEST)},
    operation_id="exports_list",
    url_name="exports",
    summary=_("Your newest export jobs"),
)
def list_exports(request: HttpRequest) -> Jobs:
    """Return the newest jobs of the caller."""
    own = ExportJob.objects.for_user(user_of(request)).prefetch_related("sites")
    return Jobs(jobs=[_job(job) for job in own.order_by("-requested_at", "-id")[:NEWEST]])


@router.get(
    "/{job_id}",
    response={OK: OneJob, **READ_ERRORS},
    operation_id="exports_retrieve",
    url_name="export",
    summary=_("Retrieve an export job"),
)
def retrieve_export(request: HttpRequest, job_id: JobId) -> OneJob:
    """Return a job of the caller."""
    return OneJob(export_job=_job(_own(request, job_id)))


@router.get(
    "/{job_id}/download",
    response={
        OK: None,
        **errors(
            BAD_REQUEST,
            NOT_FOUND,
            CONFLICT,
            HTTPStatus.GONE,
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        ),
    },
    operation_id="exports_download",
    url_name="export_download",
    summary=_("Download the file of an export job"),
    openapi_extra=DOWNLOAD,
)
def download_export(request: HttpRequest, job_id: JobId) -> HttpResponseBase:
    """Return the file, or the part that Range names."""
    return files.download(request, _own(request, job_id))


@router.post(
    "/{job_id}/retry",
    response={OK: OneJob, **WRITE_ERRORS},
    operation_id="exports_retry",
    url_name="export_retry",
    summary=_("Retry an export job"),
)
def retry_export(request: HttpRequest, job_id: JobId) -> OneJob:
    """Make the file of a failed, cancelled or expired job again."""
    job, by = _own(request, job_id), require_writer(request)
    return OneJob(export_job=_job(actions.retry(job_id=job.pk, by=by)))


@router.delete(
    "/{job_id}",
    response={NO_CONTENT: None, **WRITE_ERRORS},
    operation_id="exports_destroy",
    url_name="export",
    summary=_("Cancel or delete an export job"),
)
def destroy_export(request: HttpRequest, job_id: JobId) -> Status[None]:
    """Cancel an active job, or delete a finished one with its file."""
    job, by = _own(request, job_id), require_writer(request)
    if job.is_active:
        actions.cancel(job_id=job.pk, by=by)
    else:
        actions.remove(job_id=job.pk, by=by)
    return Status(NO_CONTENT, None)


def _own(request: HttpRequest, job_id: str) -> ExportJob:
    return require_own(user_of(request), row_id(job_id))


def _export_request(body: NewExport, by: User) -> ExportRequest:
    """Return the request of a body. Raises ApiError, ExportRefused."""
    site = visible_sites(by, [row_id(str(body.site_id))])[0]
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


def _date(text: str, site: Site) -> dt.date:
    try:
        date = day_at(site, read_day(text))
    except ValueError as error:
        raise RangeBackwards(str(NOT_A_DATE)) from error
    if not EARLIEST <= date <= LATEST:
        raise RangeBackwards(str(NOT_A_DATE))
    return date


def _job(job: ExportJob) -> JobItem:
    site_ids = [site.pk for site in job.sites.all()]
    counted = job.rows_total or 0
    progress = min(99, job.rows_done * 100 // counted) if counted else 0
    is_completed = job.status == JobStatus.COMPLETED
    return JobItem(
        id=job.pk,
        site_id=site_ids[0],
        site_ids=site_ids,
        module=API_NAMES.get(job.module, job.module),
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
        expires_at=None if job.expires_at is None else moment_text(job.expires_at),
        created_at=moment_text(job.requested_at),
    )
