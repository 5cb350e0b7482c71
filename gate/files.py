"""Photos, documents and the signature of a load: checked by their content and kept in private storage.

Images are encoded again, which leaves out whatever else is in the file, such as the place where it was taken.
"""

import base64
import io
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from PIL import Image, ImageOps

from core.files import PrivateFiles, random_name
from gate.forms import movement_module
from gate.models import FileKind, LoadFile, OpenLoad
from inventory.models import LoadedMovement
from records.choices import Source
from records.errors import Refused
from records.operations.site_transaction import SiteTransaction, site_transaction
from records.pages.table import may_write
from sites.models import Site, User
from sites.scope import PARAMETER, person_of, site_in_path

LOAD_FILES = PrivateFiles("loads")
MAX_BYTES = 10 * 1024 * 1024
# Pictures are decoded in the web process: a JPEG at a fraction of its size, so that a camera's may be larger.
MAX_MEGAPIXELS, MAX_MEGAPIXELS_OF_JPEG = 16, 50
IMAGES = ("JPEG", "PNG", "WEBP")
# The sides of a stored photo, of its thumbnail and of a signature, in pixels.
LARGEST, THUMBNAIL, SIGNATURE = (2560, 2560), (320, 320), (1200, 500)
MOST_FILES = 20
JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
# What Pillow raises for a damaged picture, also for the description that a camera puts into it.
UNREADABLE = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error),
    Image.DecompressionBombError,
)
TOO_LARGE = gettext_lazy("A file has at most 10 MB.")
TOO_MANY = gettext_lazy("A load has at most 20 files.")
WRONG_CONTENT = gettext_lazy("This is no photo (JPEG, PNG or WebP) and no PDF.")


@dataclass(frozen=True)
class Content:
    """What is stored of an uploaded file."""

    kind: FileKind
    content_type: str
    content: bytes
    thumbnail: bytes = b""

    @property
    def extension(self) -> str:
        return {JPEG: "jpg", PNG: "png", PDF: "pdf"}[self.content_type]


def content_of(file: bytes) -> Content:
    """Return a photo or a document by its content, whatever its name says. Raises ValidationError."""
    if len(file) > MAX_BYTES:
        raise ValidationError(TOO_LARGE)
    if file.startswith(b"%PDF-") and b"%%EOF" in file[-2048:]:
        return Content(FileKind.DOCUMENT, PDF, file)
    photo = _image(file)
    small = photo.copy()
    small.thumbnail(THUMBNAIL)
    return Content(FileKind.PHOTO, JPEG, _jpeg(photo), _jpeg(small))


def signature_of(address: str) -> Content:
    """Return the signature in a data address that a canvas made. Raises ValidationError."""
    head, _comma, text = address.partition(",")
    try:
        file = base64.b64decode(text, validate=True) if head == "data:image/png;base64" else b""
    except ValueError:
        # Also a text that is not ASCII.
        file = b""
    if not 0 < len(file) <= MAX_BYTES:
        raise ValidationError(_("Sign in the box first."))
    drawn = _image(file)
    drawn.thumbnail(SIGNATURE)
    # Black on white, whatever the colours of the page.
    ink = ImageOps.invert(drawn.convert("L"))
    if ink.getbbox() is None:
        raise ValidationError(_("Sign in the box first."))
    target = io.BytesIO()
    drawn.convert("L").save(target, "PNG", optimize=True)
    return Content(FileKind.SIGNATURE, PNG, target.getvalue())


def _image(file: bytes) -> Image.Image:
    """Return the picture of a file as a photo is stored: upright, on white. Raises ValidationError."""
    try:
        with Image.open(io.BytesIO(file), formats=IMAGES) as found:
            # Some cameras put several JPEG pictures into one file, which is then of another format.
            most = MAX_MEGAPIXELS if found.format in {"PNG", "WEBP"} else MAX_MEGAPIXELS_OF_JPEG
            if found.width * found.height > most * 1_000_000:
                raise ValidationError(
                    _("A picture of this type has at most %(most)d megapixels: make it smaller.")
                    % {"most": most}
                )
            found.draft("RGB", LARGEST)
            small = found.convert("RGBA" if found.has_transparency_data else "RGB")
            small.thumbnail(LARGEST)
            upright = ImageOps.exif_transpose(small)
            if upright.mode == "RGBA":
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
            return upright.convert("RGB")
    except UNREADABLE as error:
        raise ValidationError(WRONG_CONTENT) from error


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=82, optimize=True)
    return target.getvalue()


@dataclass(frozen=True)
class Owner:
    """The load that files are of: a lorry on site, or a record."""

    site: Site
    module: str
    load: OpenLoad | None = None
    record: LoadedMovement | None = None

    @property
    def files(self) -> "list[LoadFile]":
        """Return its files, the oldest first."""
        return list(LoadFile.objects.filter(self.condition))

    @property
    def condition(self) -> Q:
        if self.load is not None:
            return Q(open_load_id=self.load.pk)
        assert self.record is not None
        return Q(module=self.module, record_id=self.record.pk)

    @property
    def address(self) -> str:
        """Return the address of the page that shows the files."""
        if self.load is not None:
            return reverse("gate:edit", args=[self.load.pk])
        assert self.record is not None
        query = urlencode({PARAMETER: self.site.code})
        return f"{reverse('gate:ticket', args=[self.module, self.record.pk])}?{query}"

    @property
    def upload_address(self) -> str:
        if self.load is not None:
            return reverse("gate:files_of_load", args=[self.load.pk])
        assert self.record is not None
        return reverse("gate:files_of_record", args=[self.module, self.record.pk])


def add_file(*, owner: Owner, content: Content, name: str, by: User) -> LoadFile:
    """Store a file of a load. A new signature takes the place of the last one.

    Raises NotVisible, PermissionDenied below operator, DayClosed, ValidationError where a load has too many
    or left the site meanwhile, StorageUnavailableError.
    """
    stored = [LOAD_FILES.save(random_name(content.extension), ContentFile(content.content))]
    try:
        if content.thumbnail:
            stored.append(LOAD_FILES.save(random_name("jpg"), ContentFile(content.thumbnail)))
        with site_transaction([owner.site.pk], by=by, source=Source.PAGE) as writing:
            _require_room(owner, writing)
            if content.kind is FileKind.SIGNATURE:
                for earlier in LoadFile.objects.filter(owner.condition, kind=FileKind.SIGNATURE):
                    _remove(earlier)
            return LoadFile.objects.create(
                site=owner.site,
                module=owner.module,
                open_load_id=owner.load.pk if owner.load is not None else None,
                record_id=owner.record.pk if owner.record is not None else None,
                kind=content.kind,
                name=name[:100],
                content_type=content.content_type,
                size=len(content.content),
                storage_name=stored[0],
                thumbnail_name=stored[1] if content.thumbnail else "",
                uploaded_by=by,
            )
    except BaseException:
        for stored_name in stored:
            LOAD_FILES.discard(stored_name)
        raise


def _require_room(owner: Owner, writing: SiteTransaction) -> None:
    """Raise DayClosed or ValidationError where a load takes no more files."""
    if owner.record is not None:
        _require_open(writing, owner.site.pk, owner.module, owner.record.pk)
    elif owner.load is None or not OpenLoad.objects.filter(pk=owner.load.pk).exists():
        raise ValidationError(_("This lorry is no longer on site: open its ticket."))
    if LoadFile.objects.filter(owner.condition).count() >= MOST_FILES:
        raise ValidationError(TOO_MANY)


def _require_open(writing: SiteTransaction, site_id: int, slug: str, record_id: int) -> None:
    records = movement_module(slug).model._default_manager.filter(pk=record_id)
    writing.require_open(site_id, records.values_list("date", flat=True))


def delete_file(*, file: LoadFile, by: User) -> None:
    """Delete a file of a load whose day is open.

    Raises NotVisible, PermissionDenied below operator, DayClosed.
    """
    with site_transaction([file.site_id], by=by, source=Source.PAGE) as writing:
        # Its lorry may have been weighed out since the file was read.
        for current in LoadFile.objects.filter(pk=file.pk):
            if current.record_id is not None:
                _require_open(writing, current.site_id, current.module, current.record_id)
            _remove(current)


def _remove(file: LoadFile) -> None:
    names = [name for name in (file.storage_name, file.thumbnail_name) if name]
    file.delete()
    for name in names:
        transaction.on_commit(lambda name=name: LOAD_FILES.discard(name))  # type: ignore[misc]  # the loop's own value


def signature_image(owner: Owner) -> str:
    """Return the signature of a load as a data address, empty for none. Raises StorageUnavailableError."""
    file = LoadFile.objects.filter(owner.condition, kind=FileKind.SIGNATURE).last()
    if file is None:
        return ""
    content = b"".join(LOAD_FILES.blocks(file.storage_name, size=file.size))
    return f"data:{PNG};base64,{base64.b64encode(content).decode()}"


# --- Pages


def owner_of_record(request: HttpRequest, slug: str, record_id: int) -> Owner:
    """Return a record as the owner of files. Raises Http404 for one that the person does not see."""
    module = movement_module(slug)
    loads = module.model._default_manager.for_user(request.user)  # type: ignore[attr-defined]  # RecordQuerySet's
    record = get_object_or_404(loads, pk=record_id)
    return Owner(site_in_path(request, record.site_id), slug, record=record)


def _owner_of_load(request: HttpRequest, load_id: int) -> Owner:
    load = get_object_or_404(OpenLoad.objects.for_user(request.user), pk=load_id)
    return Owner(site_in_path(request, load.site_id), load.module, load=load)


@require_POST
def upload_to_load(request: HttpRequest, load_id: int) -> HttpResponse:
    """Store a file of a lorry on site."""
    return _upload(request, _owner_of_load(request, load_id))


@require_POST
def upload_to_record(request: HttpRequest, slug: str, record_id: int) -> HttpResponse:
    """Store a file of a load that is a record."""
    return _upload(request, owner_of_record(request, slug, record_id))


def _upload(request: HttpRequest, owner: Owner) -> HttpResponse:
    if not may_write(owner.site):
        raise PermissionDenied(_("Your role on this site lets you read, not change."))
    try:
        for content, name in _uploaded(request):
            add_file(owner=owner, content=content, name=name, by=person_of(request))
    except Refused as error:
        messages.error(request, error.message)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(owner.address)


def _uploaded(request: HttpRequest) -> list[tuple[Content, str]]:
    """Return what was sent: a signature or files. Raises ValidationError."""
    if "signature" in request.POST:
        return [(signature_of(request.POST["signature"]), str(FileKind.SIGNATURE.label))]
    sent = request.FILES.getlist("file")
    if not sent:
        raise ValidationError(_("Choose a photo or a PDF first."))
    if len(sent) > MOST_FILES:
        raise ValidationError(TOO_MANY)
    contents = []
    for file in sent:
        if (file.size or 0) > MAX_BYTES:
            raise ValidationError(TOO_LARGE)
        content = content_of(file.read())
        stem = re.sub(r"[^-\w]+", "_", Path(file.name or "").stem).strip("_") or "file"
        contents.append((content, f"{stem[:90]}.{content.extension}"))
    return contents


def _visible(request: HttpRequest, file_id: int) -> LoadFile:
    file = get_object_or_404(LoadFile.objects.for_user(request.user), pk=file_id)
    site_in_path(request, file.site_id)
    return file


@require_safe
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """Return a file of a load to everybody who sees its site."""
    found = _visible(request, file_id)
    return _response(found, found.storage_name, found.content_type)


@require_safe
def thumbnail(request: HttpRequest, file_id: int) -> HttpResponse:
    """Return the thumbnail of a photo, or the signature. Raises Http404 for a document."""
    found = _visible(request, file_id)
    if found.kind == FileKind.DOCUMENT:
        raise Http404
    return _response(found, found.thumbnail_name or found.storage_name, found.content_type)


def _response(found: LoadFile, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(b"".join(LOAD_FILES.blocks(name)), content_type=content_type)
    is_document = found.kind == FileKind.DOCUMENT
    disposition = content_disposition_header(as_attachment=is_document, filename=found.name)
    assert disposition is not None
    response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def delete(request: HttpRequest, file_id: int) -> HttpResponse:
    """Delete a file of a load whose day is open, and go back to the load."""
    found = _visible(request, file_id)
    if found.record_id is not None:
        owner = owner_of_record(request, found.module, found.record_id)
    else:
        assert found.open_load_id is not None
        owner = _owner_of_load(request, found.open_load_id)
    if not may_write(owner.site):
        raise PermissionDenied(_("Your role on this site lets you read, not change."))
    try:
        delete_file(file=found, by=person_of(request))
    except Refused as error:
        messages.error(request, error.message)
    return redirect(owner.address)


def files_context(owner: Owner) -> dict[str, object]:
    """Return what the template of a load's files needs."""
    found = owner.files
    signature = next((file for file in found if file.kind == FileKind.SIGNATURE), None)
    return {"owner": owner, "files": found, "signature": signature, "may_add": may_write(owner.site)}
