"""What was imported stays on record, whichever way the file came: one list says who brought what."""

from django.utils import timezone

from imports.choices import UploadStatus
from imports.findings import findings_of
from imports.models import Upload
from imports.plan import Checked
from records.choices import BatchStatus
from records.models import Batch
from sites.models import Site, User


def keep_on_record(checked: Checked, batch: Batch) -> Upload:
    """List an import that was made by command beside those of the pages."""
    plan = checked.plan
    now = timezone.now()
    upload = Upload.objects.create(
        owner=plan.by,
        file_name=batch.file_name,
        size=plan.path.stat().st_size,
        sha256=batch.file_hash,
        is_workbook=plan.path.suffix.lower() == ".xlsx",
        expires_at=now,
        module=batch.module,
        status=UploadStatus.DONE,
        finished_at=now,
        batch=batch,
        findings=findings_of(checked),
        rows_read=checked.rows_read,
        rows_left_out=checked.rows_left_out,
        rows_known=checked.rows_known,
        rows_refused=checked.rows_refused,
        rows_waiting=batch.rows_written,
    )
    upload.sites.set(_sites_of(checked))
    return upload


def note_taken_back(batch: Batch) -> None:
    """Say in the list that an import was taken back by command."""
    if batch.status == BatchStatus.UNDONE:
        Upload.objects.filter(batch=batch, status=UploadStatus.DONE).update(
            status=UploadStatus.UNDONE, finished_at=timezone.now()
        )


def imported_before(upload: Upload, by: User) -> Upload | None:
    """Return when the very same file was imported last as records of this module, and is still there."""
    return (
        Upload.objects.for_user(by)
        .filter(sha256=upload.sha256, module=upload.module, batch__undone_at=None, status=UploadStatus.DONE)
        .exclude(pk=upload.pk)
        .select_related("owner")
        .first()
    )


def _sites_of(checked: Checked) -> list[Site]:
    """Return the sites that records were written at, those that were created for them among them."""
    codes = {checked.missing.sites[-key - 1].code for key in checked.new_sites}
    known = {key for key in checked.outlook.site_ids if key > 0}
    return list(Site.objects.filter(pk__in=known) | Site.objects.filter(code__in=codes))
