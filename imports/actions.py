"""What a user does with an uploaded file. Everything they do goes through here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.jobs.runner import queue
from imports.errors import ImportRefused
from imports.mapping.column_mapping import Answers
from imports.mapping.guess import guess_headings_line, guess_table, is_certain
from imports.mapping.setup import Setup, find_known_table, fingerprint_of
from imports.models import WHOLE_ROW, ColumnMapping, Correction, Upload, UploadStatus
from imports.readers.base import Head
from imports.uploads import (
    IMPORT_FILES,
    heads_of,
    is_large,
    local_copy,
    read_text_again,
    set_headings_depth,
)
from imports.validation.results import CorrectionRule
from imports.validation.validate import basis_changes
from records import registry
from records.choices import BatchStatus
from records.errors import NotVisible
from sites.models import Role, Site, User

# Corrections of one file; a user who needs more corrects the file itself.
MAX_CORRECTIONS = 5_000
# So many changes since the last check are named.
MAX_CHANGES_SHOWN = 5


def require_visible(by: User, upload_id: int) -> Upload:
    """Return a file that the user may know of. Raises NotVisible."""
    upload = (
        Upload.objects.for_user(by)
        .select_related("owner", "batch", "mapping__owner", "place__site")
        .filter(pk=upload_id)
        .first()
    )
    if upload is None:
        raise NotVisible
    return upload


def require_own(by: User, upload_id: int) -> Upload:
    """Return the user's own file. Raises NotVisible, PermissionDenied for another user's import."""
    upload = require_visible(by, upload_id)
    if upload.owner_id != by.pk:
        raise PermissionDenied(_("Only the user who uploaded a file may change it."))
    return upload


def may_take_over(upload: Upload, by: User) -> bool:
    """Return whether a file of a watched place waits for a person and this one may go on with it."""
    if upload.place is None or upload.owner_id == by.pk or upload.batch_id is not None or upload.is_active:
        return False
    return upload.place.site in sites_to_import_onto(by)


def take_over(*, upload: Upload, by: User) -> None:
    """Make a file of a watched place the user's own, to be imported with their rights."""
    with transaction.atomic():
        current = _locked(require_visible(by, upload.pk))
        if not may_take_over(current, by):
            raise ImportRefused(_("This file is in progress, was imported already, or has expired."))
        current.owner = by
        current.save(update_fields=["owner"])


def sites_to_import_onto(by: User) -> list[Site]:
    """Return the active sites whose records the user may enter."""
    sites = Site.objects.for_user(by).active().with_role(by).order_by("name", "code")
    return [site for site in sites if Role(site.role or "").covers(Role.OPERATOR)]


def require_importer(by: User) -> list[Site]:
    """Return the sites that the user may import onto. Raises PermissionDenied where there are none."""
    sites = sites_to_import_onto(by)
    if not sites and not by.is_superuser:
        raise PermissionDenied(_("Requires the operator role."))
    return sites


def set_up(*, upload: Upload, by: User, module: str, sites: Sequence[Site]) -> str:
    """Set a new file up as far as possible without the user; return the name of the page that comes next.

    One that is not read yet is given to a worker, which sets it up for the same module and sites.
    """
    if upload.status == UploadStatus.READING:
        _set_up_later(upload, module=module, sites=sites)
        upload.save(update_fields=["module"])
        queue(upload)
        return "imports:page"
    heads = heads_of(upload)
    if heads[0].template is not None:
        module, code = heads[0].template
        # A workbook filled in for one site is not imported onto another by mistake.
        sites = [site for site in sites_to_import_onto(by) if site.code == code]
    elif (known := _known_table(heads, by=by, sites=sites, module=module)) is not None:
        mapping, head, upload.headings_line = known
        if head.encodings:
            return choose_encoding(
                upload=upload, by=by, encoding=mapping.encoding, module=module, sites=sites
            )
        upload.module, upload.sheet = mapping.module, head.sheet
        set_headings_depth(upload, head.headings_depth)
        upload.save()
        setup = Setup(upload, by, sites=sites_to_import_onto(by))
        setup.use(mapping)
        answers = setup.answers_of_mapping()
        # Files of several sites may have the same headings.
        if answers is None or (answers.site_code and len(sites) > 1):
            return "imports:columns"
        Upload.objects.filter(pk=upload.pk).update(mapping=mapping)
        save_answers(upload=upload, by=by, answers=answers)
        return "imports:page"
    requested = next((each for each in registry.modules() if each.slug == module), None)
    if heads[0].encodings:
        upload.module = requested.slug if requested else ""
        upload.save()
        return "imports:columns"
    guess = guess_table(heads, [requested] if requested is not None else [])
    if guess is None:
        upload.module, upload.sheet = requested.slug if requested else "", heads[0].sheet
        upload.headings_line = guess_headings_line(heads[0])
        upload.save()
        return "imports:table"
    upload.module, upload.sheet, upload.headings_line = guess.module.slug, guess.sheet, guess.line
    set_headings_depth(upload, guess.depth)
    upload.save()
    if requested is None and not is_certain(heads, guess):
        return "imports:table"
    setup = Setup(upload, by, sites=sites_to_import_onto(by), preferred=sites)
    if not setup.needs_no_answers(guess.unknown):
        return "imports:columns"
    save_answers(upload=upload, by=by, answers=setup.answers)
    return "imports:page"


def choose_encoding(*, upload: Upload, by: User, encoding: str, module: str, sites: Sequence[Site]) -> str:
    """Read a text in an encoding and set it up; return the name of the page that comes next."""
    upload.encoding = encoding
    if is_large(upload):
        with transaction.atomic():
            current = _locked_open(upload, by)
            # Without its first rows it is set up as a new file.
            current.encoding, current.heads = encoding, []
            _set_up_later(current, module=module, sites=sites)
            _start(current, UploadStatus.READING)
        return "imports:page"
    with local_copy(upload) as path:
        read_text_again(upload, path)
    return set_up(upload=upload, by=by, module=module, sites=sites)


def choose_table(
    *,
    upload: Upload,
    by: User,
    module: str,
    sheet: str,
    headings_line: int,
    headings_depth: int,
    encoding: str,
    delimiter: str,
) -> None:
    """Choose what the rows are and where they are; answers about another table are deleted.

    A text in another encoding or with another delimiter is read again. Raises ImportRefused.
    """
    is_other_text = (encoding, delimiter) != (upload.encoding, upload.delimiter)
    upload.encoding, upload.delimiter, upload.sheet = encoding, delimiter, sheet
    if is_other_text and not is_large(upload):
        with local_copy(upload) as path:
            read_text_again(upload, path)
    set_headings_depth(upload, headings_depth)
    with transaction.atomic():
        current = _locked_open(upload, by)
        is_other = (current.module, current.sheet, current.headings_line) != (module, sheet, headings_line)
        current.module, current.sheet, current.headings_line = module, sheet, headings_line
        current.heads, current.encoding, current.delimiter = upload.heads, encoding, delimiter
        if is_other:
            current.answers, current.replacements, current.rules = {}, [], []
            current.corrections.all().delete()
        current.digest, current.preview = "", {}
        current.problems.all().delete()
        if is_other_text and is_large(upload):
            _start(current, UploadStatus.READING)
        else:
            current.status, current.error = UploadStatus.NEW, ""
            current.save()


def save_answers(*, upload: Upload, by: User, answers: Answers, save_as: str = "") -> None:
    """Save the answers about the columns and check the file; `save_as` saves them for the next such file."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        current.answers, current.replacements, current.rules = answers.to_json(), [], []
        if save_as:
            site = Site.objects.for_user(by).filter(code=answers.site_code).first() or by.last_site
            _save_mapping(current, site=site, name=save_as)
        _start(current, UploadStatus.CHECKING)


def check(*, upload: Upload, by: User) -> None:
    """Check a file again as it is set up."""
    with transaction.atomic():
        _start(_locked_open(upload, by), UploadStatus.CHECKING)


def correct(
    *,
    upload: Upload,
    by: User,
    cells: Mapping[tuple[int, int], str],
    skipped_lines: Iterable[int] = (),
    replacements: Sequence[tuple[str, str, str]] = (),
    rules: Sequence[CorrectionRule] = (),
) -> None:
    """Correct cells, skip rows, replace values, correct all rows with a problem; check the file again."""
    corrections = [
        Correction(upload=upload, line=line, place=place, text=text) for (line, place), text in cells.items()
    ]
    corrections += [Correction(upload=upload, line=line, place=WHOLE_ROW) for line in skipped_lines]
    with transaction.atomic():
        current = _locked_open(upload, by)
        Correction.objects.bulk_create(
            corrections,
            update_conflicts=True,
            unique_fields=["upload", "line", "place"],
            update_fields=["text"],
        )
        if current.corrections.count() > MAX_CORRECTIONS:
            raise ImportRefused(_("Correct so many cells in the file itself, then upload it again."))
        replaced = {(column, before): after for column, before, after in current.replacements}
        replaced |= {(column, before): after for column, before, after in replacements}
        current.replacements = [[column, before, after] for (column, before), after in replaced.items()]
        new = {(rule.field, rule.problem) for rule in rules}
        earlier = [rule for rule in current.rules if (rule["field"], rule["problem"]) not in new]
        current.rules = [*earlier, *map(asdict, rules)]
        _start(current, UploadStatus.CHECKING)


def undo_correction(
    *, upload: Upload, by: User, rule: int | None = None, replacement: int | None = None
) -> None:
    """Remove one rule or replaced value, by its place among them, and check the file again."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        for corrections, number in ((current.rules, rule), (current.replacements, replacement)):
            if number is not None and number < len(corrections):
                del corrections[number]
        _start(current, UploadStatus.CHECKING)


def discard_corrections(*, upload: Upload, by: User) -> None:
    """Return to the file as it was uploaded, and check it."""
    with transaction.atomic():
        current = _locked_open(upload, by)
        current.corrections.all().delete()
        current.replacements, current.rules = [], []
        _start(current, UploadStatus.CHECKING)


def check_if_outdated(*, upload: Upload, by: User) -> bool:
    """Check a file again where a site, a list of names or the user's role changed since; return whether.

    What changed is shown with the new preview.
    """
    if upload.status != UploadStatus.CHECKED or upload.owner_id != by.pk or not _basis_changes(upload):
        return False
    with transaction.atomic():
        current = _locked(upload)
        changes = _basis_changes(current) if current.is_open else []
        if changes:
            _check_because_of(current, changes)
    return bool(changes)


def start_import(*, upload: Upload, by: User, digest: str, skip_rejected: bool) -> None:
    """Write the records that the user saw in the preview, or check again what is outdated.

    Raises ImportRefused.
    """
    with transaction.atomic():
        current = _locked_open(upload, by)
        if current.status != UploadStatus.CHECKED or current.digest != digest:
            raise ImportRefused(_("The preview has changed. Check it again."))
        if changes := _basis_changes(current):
            _check_because_of(current, changes)
            return
        if current.rows_rejected and not skip_rejected:
            raise ImportRefused(_("Some rows are rejected. Correct or skip them."))
        if not current.rows_to_write:
            raise ImportRefused(_("There is nothing new in this file to import."))
        current.skip_rejected = skip_rejected
        _remember(current)
        _start(current, UploadStatus.WRITING)


def stop(*, upload: Upload, by: User) -> Upload:
    """Stop what is in progress: a check ends, and an import is undone."""
    with transaction.atomic():
        current = _locked(require_own(by, upload.pk))
        if current.status == UploadStatus.UNDOING or not current.is_active:
            raise ImportRefused(_("There is nothing in progress to stop."))
        if current.status == UploadStatus.WRITING and current.batch_id is not None:
            current.undo_by = by
            _start(current, UploadStatus.UNDOING, error=_("The import was stopped; nothing was imported."))
        elif current.status == UploadStatus.READING and not current.heads:
            current.status, current.finished_at = UploadStatus.FAILED, timezone.now()
            current.error = _("The file was not read to its end. Remove it, and upload it again.")
            current.worker, current.lease_until = "", None
            current.save()
        else:
            current.status, current.error = UploadStatus.NEW, ""
            current.worker, current.lease_until = "", None
            current.save()
    return current


def undo(*, upload: Upload, by: User) -> None:
    """Delete the records of an import. Raises ImportRefused."""
    with transaction.atomic():
        current = _locked(require_visible(by, upload.pk))
        if not current.is_undoable_by(by):
            raise ImportRefused(_("You cannot undo this import, or it was undone before."))
        current.undo_by = by
        _start(current, UploadStatus.UNDOING)


def remove(*, upload: Upload, by: User) -> None:
    """Delete a file that was never imported. Imports stay on record. Raises ImportRefused."""
    with transaction.atomic():
        current = _locked(require_own(by, upload.pk))
        if current.is_active or current.batch_id is not None:
            raise ImportRefused(_("Stop what is in progress first. Files that were imported stay on record."))
        current.delete()
    IMPORT_FILES.discard(current.storage_name)
    IMPORT_FILES.discard(current.report_name)


def _locked(upload: Upload) -> Upload:
    """Return the current row, locked against other changes."""
    return (
        Upload.objects.select_for_update(no_key=True, of=("self",)).select_related("batch").get(pk=upload.pk)
    )


def _locked_open(upload: Upload, by: User) -> Upload:
    current = _locked(require_own(by, upload.pk))
    if not current.is_open:
        raise ImportRefused(_("This file is in progress, was imported already, or has expired."))
    return current


def _start(upload: Upload, status: UploadStatus, *, error: str = "") -> None:
    """Queue the next step of a file."""
    upload.status = status
    upload.restart()
    upload.error, upload.rows_total = error, None
    batch = upload.batch
    if batch is not None and batch.undone_at and batch.status == BatchStatus.FAILED:
        # A failed import that was undone can be tried again.
        upload.batch = batch if status == UploadStatus.UNDOING else None
    upload.save()
    queue(upload)


def _basis_changes(upload: Upload) -> list[str]:
    """Return what changed since a checked file was checked, in sentences."""
    if upload.status != UploadStatus.CHECKED:
        return []
    return basis_changes(upload.preview.get("basis"), registry.module(upload.module), upload.owner)


def _check_because_of(upload: Upload, changes: list[str]) -> None:
    shown = changes[:MAX_CHANGES_SHOWN]
    more = len(changes) - len(shown)
    sentences = [_("Checked again, because something changed since."), *shown]
    if more:
        sentences.append(ngettext("%d more change.", "%d more changes.", more) % more)
    _start(upload, UploadStatus.CHECKING, error=" ".join(sentences))


def _set_up_later(upload: Upload, *, module: str, sites: Sequence[Site]) -> None:
    """Keep what a file is to be set up for once it is read."""
    upload.module = module
    # One site is that of the page or place from which it comes.
    upload.sites.set(sites if len(sites) == 1 else [])


def _known_table(
    heads: Sequence[Head], *, by: User, sites: Sequence[Site], module: str
) -> tuple[ColumnMapping, Head, int] | None:
    """Find how such a file was imported; where its encoding is open, in the one it had then."""
    candidates = [name for name, _sample in heads[0].encodings]
    if not candidates:
        return find_known_table(heads, by=by, sites=sites, module=module)
    for candidate in candidates:
        # Each character is one byte in all of them.
        rows = [
            [cell.encode(candidates[0]).decode(candidate, errors="replace") for cell in row]
            for row in heads[0].rows
        ]
        known = find_known_table([replace(heads[0], rows=rows)], by=by, sites=sites, module=module)
        if known is not None and known[0].encoding == candidate:
            return known
    return None


def _save_mapping(upload: Upload, *, site: Site | None, name: str = "") -> None:
    """Save the answers about a file for the next one with the same headings, by name or only remembered."""
    if site is None:
        return
    answers = Answers.from_json(upload.answers)
    setup = Setup(upload, upload.owner, sites=[])
    fingerprint = fingerprint_of(setup.samples.headings)
    mine = ColumnMapping.objects.filter(owner=upload.owner, site=site, module=upload.module)
    same = mine.filter(fingerprint=fingerprint, answers=upload.answers).exclude(name="")
    if not name and same.update(used_at=timezone.now()):
        return
    values = {
        "fingerprint": fingerprint,
        "file_name": upload.file_name,
        "encoding": upload.encoding,
        "has_large_tons": bool(setup.large_tons(answers)),
        "headings": answers.headings,
        "answers": upload.answers,
        "used_at": timezone.now(),
    }
    same_key = mine.filter(name=name) if name else mine.filter(name="", fingerprint=fingerprint)
    if not same_key.update(**values):
        ColumnMapping.objects.create(owner=upload.owner, site=site, module=upload.module, name=name, **values)


def _remember(upload: Upload) -> None:
    """Remember how a file is imported; nothing where its only sites are yet to be created."""
    code = Answers.from_json(upload.answers).site_code
    sites = upload.sites.order_by("code")
    _save_mapping(upload, site=sites.filter(code=code).first() or sites.first())
