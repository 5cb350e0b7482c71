"""What a person does with a file they brought. Everything they do goes through here."""

from collections.abc import Iterable, Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.errors import ImportRefused
from imports.mapping.column_mapping import Answers
from imports.mapping.guess import best_guess, is_plain, likely_headings_line
from imports.mapping.setup import Setup
from imports.models import OPEN, WHOLE_LINE, ColumnMapping, Mend, Upload, UploadStatus
from imports.uploads import discard, heads_of
from imports.worker import queue
from records import registry
from records.choices import BatchStatus
from records.errors import NotVisible
from sites.models import Role, Site, User

# Cells of one file that may be written over by hand; who must mend more does it in the file.
MOST_MENDS = 5_000


def require_visible(by: User, upload_id: int) -> Upload:
    """Return a file that the person may know of. Raises NotVisible."""
    found = Upload.objects.for_user(by).select_related("owner", "batch").filter(pk=upload_id).first()
    if found is None:
        raise NotVisible
    return found


def require_own(by: User, upload_id: int) -> Upload:
    """Return the person's own file. Raises NotVisible, PermissionDenied for what another imported."""
    upload = require_visible(by, upload_id)
    if upload.owner_id != by.pk:
        raise PermissionDenied(_("Only who brought a file may change what becomes of it."))
    return upload


def sites_to_import_onto(by: User) -> list[Site]:
    """Return the active sites whose records the person may enter."""
    sites = Site.objects.for_user(by).active().with_role(by).order_by("name", "code")
    return [site for site in sites if Role(site.role or "").covers(Role.OPERATOR)]


def require_importer(by: User) -> list[Site]:
    """Return the sites that the person may import onto. Raises PermissionDenied where there are none."""
    sites = sites_to_import_onto(by)
    if not sites and not by.is_superuser:
        raise PermissionDenied(_("Your role lets you read, not import. It takes the role of operator."))
    return sites


def set_up(*, upload: Upload, by: User, module: str, sites: Sequence[Site]) -> str:
    """Set a new file up as far as it says what it is; return the name of the page that comes next."""
    heads = heads_of(upload)
    if heads[0].template is not None:
        module, code = heads[0].template
        # A workbook filled in for one site is not imported onto another by mistake.
        sites = [site for site in sites_to_import_onto(by) if site.code == code]
    requested = next((each for each in registry.modules() if each.slug == module), None)
    guess = best_guess(heads, [requested] if requested is not None else [])
    if guess is None:
        upload.module, upload.sheet = requested.slug if requested else "", heads[0].sheet
        upload.headings_line = likely_headings_line(heads[0])
        upload.save()
        return "imports:table"
    upload.module, upload.sheet, upload.headings_line = guess.module.slug, guess.sheet, guess.line
    upload.save()
    if requested is None and not is_plain(heads, guess):
        return "imports:table"
    setup = Setup(upload, by, sites=sites_to_import_onto(by), preferred=sites)
    if not setup.is_understood(guess.strange):
        return "imports:columns"
    answer(upload=upload, by=by, answers=setup.answers)
    return "imports:page"


def choose_table(*, upload: Upload, by: User, module: str, sheet: str, headings_line: int) -> None:
    """Say what the rows are and where they stand; what was said about other columns is forgotten."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        is_other = (current.module, current.sheet, current.headings_line) != (module, sheet, headings_line)
        current.module, current.sheet, current.headings_line = module, sheet, headings_line
        current.heads, current.encoding, current.delimiter = upload.heads, upload.encoding, upload.delimiter
        if is_other:
            current.answers, current.changes = {}, []
            current.mends.all().delete()
        _set_up_again(current)


def answer(*, upload: Upload, by: User, answers: Answers, keep_as: str = "") -> None:
    """Say what the columns are, and have the file checked; with a name, keep it for the next such file."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        current.answers, current.changes = answers.to_keep(), []
        if keep_as:
            _keep_mapping(current, by, answers, keep_as)
        _start(current, UploadStatus.CHECKING)


def check(*, upload: Upload, by: User) -> None:
    """Have a file checked as it is set up."""
    with transaction.atomic():
        _start(_locked_open(upload, by), UploadStatus.CHECKING)


def mend(
    *,
    upload: Upload,
    by: User,
    cells: Mapping[tuple[int, int], str],
    left_out: Iterable[int] = (),
    changes: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Write over cells, leave lines out, have values read as others, and check the file again."""
    mends = [Mend(upload=upload, line=line, place=place, text=text) for (line, place), text in cells.items()]
    mends += [Mend(upload=upload, line=line, place=WHOLE_LINE) for line in left_out]
    with transaction.atomic():
        current = _locked_open(upload, by)
        Mend.objects.bulk_create(
            mends, update_conflicts=True, unique_fields=["upload", "line", "place"], update_fields=["text"]
        )
        if current.mends.count() > MOST_MENDS:
            raise ImportRefused(_("So many cells are better mended in the file itself. Bring it again."))
        changed = {(column, before): after for column, before, after in current.changes}
        changed |= {(column, before): after for column, before, after in changes}
        current.changes = [[column, before, after] for (column, before), after in changed.items()]
        _start(current, UploadStatus.CHECKING)


def forget_mends(*, upload: Upload, by: User) -> None:
    """Take the file as it came again, and check it."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        current.mends.all().delete()
        current.changes = []
        _start(current, UploadStatus.CHECKING)


def write(*, upload: Upload, by: User, digest: str, skips_bad: bool) -> None:
    """Have the records written that the person was shown. Raises ImportRefused."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        if current.status != UploadStatus.CHECKED or current.digest != digest:
            raise ImportRefused(_("This is no longer what was found in the file. Look at it again."))
        if current.rows_refused and not skips_bad:
            raise ImportRefused(_("Some lines are refused. Mend them, or leave them out."))
        if not current.rows_waiting:
            raise ImportRefused(_("There is nothing new in this file to import."))
        current.skips_bad = skips_bad
        _start(current, UploadStatus.WRITING)


def stop(*, upload: Upload, by: User) -> Upload:
    """Stop what is under way: a check ends, and what an import wrote so far is taken back."""
    with transaction.atomic():
        current = _locked(require_own(by, upload.pk))
        is_written = current.status == UploadStatus.WRITING and current.batch_id is not None
        if current.status == UploadStatus.UNDOING or not current.is_active:
            raise ImportRefused(_("Nothing is being done with this file that could be stopped."))
        if is_written:
            current.undo_by = by
            _start(current, UploadStatus.UNDOING, error=_("The import was stopped; nothing of it was kept."))
        else:
            _let_go(current, UploadStatus.NEW)
    return current


def take_back(*, upload: Upload, by: User) -> None:
    """Have the records of an import deleted again. Raises ImportRefused."""
    with transaction.atomic():
        current = _locked(require_visible(by, upload.pk))
        if not may_take_back(current, by):
            raise ImportRefused(_("This import cannot be taken back by you, or was taken back already."))
        current.undo_by = by
        _start(current, UploadStatus.UNDOING)


def may_take_back(upload: Upload, by: User) -> bool:
    """Say whether there is something to take back and the person may: who imported it, and an admin."""
    if upload.batch is None or upload.status not in (UploadStatus.DONE, UploadStatus.FAILED):
        return False
    return upload.batch.undone_at is None and (upload.owner_id == by.pk or by.is_superuser)


def remove(*, upload: Upload, by: User) -> None:
    """Put a file away that was not imported. What was imported stays on record. Raises ImportRefused."""
    with transaction.atomic():
        current = _locked(require_own(by, upload.pk))
        if current.is_active or current.batch_id is not None:
            raise ImportRefused(
                _("What was imported stays on record, and what is under way is stopped first.")
            )
        current.delete()
    discard(current.storage_name)
    discard(current.report_name)


def _locked(upload: Upload) -> Upload:
    """Return the row as it is now, and let nobody else change it meanwhile."""
    return (
        Upload.objects.select_for_update(no_key=True, of=("self",)).select_related("batch").get(pk=upload.pk)
    )


def _locked_open(upload: Upload, by: User) -> Upload:
    current = _locked(require_own(by, upload.pk))
    if current.status not in OPEN or not current.storage_name:
        raise ImportRefused(
            _("This file is being worked on, was imported already, or has been cleared away.")
        )
    return current


def _set_up_again(upload: Upload) -> None:
    upload.status, upload.error, upload.digest = UploadStatus.NEW, "", ""
    upload.findings = {}
    upload.save()
    upload.problems.all().delete()


def _start(upload: Upload, status: UploadStatus, *, error: str = "") -> None:
    """Queue the next thing to be done with a file."""
    upload.status, upload.error = status, error
    upload.attempts, upload.worker, upload.lease_until = 0, "", None
    upload.rows_done = upload.rows_total = 0
    upload.queued_at, upload.finished_at = timezone.now(), None
    if upload.batch is not None and upload.batch.status == BatchStatus.FAILED and upload.batch.undone_at:
        # What failed and is gone makes room for another try.
        upload.batch = None if status != UploadStatus.UNDOING else upload.batch
    upload.save()
    queue(upload.pk)


def _let_go(upload: Upload, status: UploadStatus) -> None:
    upload.status, upload.error = status, ""
    upload.worker, upload.lease_until = "", None
    upload.save()


def _keep_mapping(upload: Upload, by: User, answers: Answers, name: str) -> None:
    site = Site.objects.for_user(by).filter(code=answers.site_code).first() or by.last_site
    if site is None:
        return
    ColumnMapping.objects.update_or_create(
        owner=by,
        site=site,
        module=upload.module,
        name=name,
        defaults={
            "headings": answers.headings,
            "answers": answers.to_keep(),
            "used_at": timezone.now(),
        },
    )
