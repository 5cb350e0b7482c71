"""The tickets of loads, and the delivery notes of those that leave, which a public page proves.

A note is stored with what it says and never deleted. It is void once its load is cancelled, and corrected
once the load says something else; then another one is issued with the next number.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dispatch.models import Dispatch
from gate.files import Owner, files_context, signature_image
from gate.forms import movement_module
from gate.models import DeliveryNote
from inventory.models import LoadState
from records.choices import Source
from records.operations.site_transaction import site_transaction
from records.pages.table import may_write
from records.templatetags.figures import tons
from sites.models import User
from sites.scope import PARAMETER, person_of, site_in_path

STYLE = Path(__file__).with_name("note.css")
TICKET_PAPERS = ("80mm", "a4")
# The columns of a ticket, where the load has a value of them.
LINES = (
    "ticket_no",
    "weighbridge",
    "time_in",
    "time",
    "vehicle",
    "container",
    "material",
    "source",
    "owner",
    "carrier",
    "project",
    "order_reference",
    "reference",
    "notes",
)

PAPERS = ("A4", "A5")
# What a note reads of its load.
RELATED = ("site", "material", "party", "project", "carrier", "vehicle")
NUMBERS = ("tons", "gross", "tare")
# The columns of a load that its note is made of.
NOTED = (
    *("site_id", "date", "time", "material_id", "waste_code", "qty_ton", "gross_ton", "tare_ton"),
    *("party_id", "owner", "project_id", "carrier_id", "vehicle_id"),
    *("ticket_no", "order_reference", "reference", "notes"),
)
DECIMAL_MARKS = {"en": ".", "de": ","}
# The labels of the paper, whose language is the receiver's and not the portal's.
LABELS = {
    "en": {
        "title": "Delivery note",
        "seller": "Placed on the market by",
        "site": "From",
        "receiver": "Receiver",
        "project": "Project",
        "material": "Material",
        "category": "Class",
        "waste_code": "Waste code",
        "tons": "Net mass, t",
        "gross": "Gross, t",
        "tare": "Tare, t",
        "time": "Date and time",
        "carrier": "Carrier",
        "plate": "Plate",
        "ticket": "Weighing ticket",
        "order": "Order",
        "reference": "Reference",
        "remarks": "Remarks",
        "signed": "Received by",
        "check": "Scan to check this note",
        "corrected": "Corrected: another note replaces this one",
        "void": "Void",
    },
    "de": {
        "title": "Lieferschein",
        "seller": "In Verkehr gebracht von",
        "site": "Von",
        "receiver": "Empfänger",
        "project": "Baustelle",
        "material": "Material",
        "category": "Klasse",
        "waste_code": "Abfallschlüssel",
        "tons": "Nettomasse, t",
        "gross": "Brutto, t",
        "tare": "Tara, t",
        "time": "Datum und Uhrzeit",
        "carrier": "Transporteur",
        "plate": "Kennzeichen",
        "ticket": "Wiegeschein",
        "order": "Auftrag",
        "reference": "Referenz",
        "remarks": "Bemerkungen",
        "signed": "Empfangen von",
        "check": "Zum Prüfen scannen",
        "corrected": "Berichtigt: ein anderer Lieferschein ersetzt diesen",
        "void": "Ungültig",
    },
}

# The classes of materials, which notes store in English; the names of materials are master data.
GERMAN_CLASSES = {
    "Aggregates": "Gesteinskörnung",
    "Processed base": "Tragschichtgemisch",
    "Fine": "Feinkorn",
    "Specialty": "Sonderprodukt",
    "Raw feed": "Aufgabematerial",
    "Residue": "Reststoff",
}


def content_of(load: Dispatch) -> dict[str, str]:
    """Return what a note says about a load, as texts in the order of the paper."""
    local = load.time.astimezone(load.site.zone) if load.time is not None else None
    content = {
        "site": ", ".join(filter(None, (load.site.name, load.site.location))),
        "receiver": load.party.name if load.party is not None else load.owner,
        "project": load.project.name if load.project is not None else "",
        "material": load.material.name,
        "category": load.material.get_category_display(),
        "waste_code": load.waste_code,
        "tons": f"{load.qty_ton:.3f}",
        "gross": "" if load.gross_ton is None else f"{load.gross_ton:.3f}",
        "tare": "" if load.tare_ton is None else f"{load.tare_ton:.3f}",
        "time": f"{local:%Y-%m-%d %H:%M}" if local is not None else f"{load.date:%Y-%m-%d}",
        "carrier": load.carrier.name if load.carrier is not None else "",
        "plate": load.vehicle.name if load.vehicle is not None else "",
        "ticket": load.ticket_no,
        "order": load.order_reference,
        "reference": load.reference,
        "remarks": load.notes,
    }
    return {name: text for name, text in content.items() if text}


def _load(record_id: int) -> Dispatch | None:
    return Dispatch.objects.select_related(*RELATED).filter(pk=record_id).first()


def status_of(note: DeliveryNote) -> str:
    """Return whether a note is `genuine`, `corrected` or `void`."""
    return _status(note, _load(note.record_id))


def _status(note: DeliveryNote, load: Dispatch | None) -> str:
    if load is None or load.load_state != LoadState.COMPLETE:
        return "void"
    # One that was replaced stays replaced, also where its load says again what it says.
    is_last = _notes_of([load]).reverse()[0] == note
    return "genuine" if is_last and _is_of(load, note) else "corrected"


def _is_of(load: Dispatch, note: DeliveryNote) -> bool:
    """Return whether a note says what its load says. A party that was renamed since changes no load."""
    if note.record_version == load.version or note.content == content_of(load):
        return True
    then = Dispatch.history.filter(id=load.pk, version=note.record_version).first()
    return then is not None and all(getattr(then, name) == getattr(load, name) for name in NOTED)


def issue_note(*, load: Dispatch, by: User) -> DeliveryNote:
    """Return the note of a load, one with the next number of its site where none says what it says now.

    Raises NotVisible, PermissionDenied below operator, Http404 for a load that is not complete.
    """
    with site_transaction([load.site_id], by=by, source=Source.PAGE):
        current = _load(load.pk)
        if current is None or current.load_state != LoadState.COMPLETE:
            raise Http404
        _number_notes([current], by=by)
        return _notes_of([current]).reverse()[0]


def number_notes(loads: Sequence[Dispatch]) -> None:
    """Issue the notes of completed loads of sites that number them at once. The sites are locked."""
    prefetch_related_objects(loads, "site")
    at_once = [load for load in loads if load.site.issues_notes]
    prefetch_related_objects(at_once, *RELATED)
    _number_notes(at_once)


def _number_notes(loads: Sequence[Dispatch], *, by: User | None = None) -> None:
    """Give loads notes that say what they say now, each with the next number of its site.

    `by` issues them; without it, who completed the load.
    """
    last_notes = {note.record_id: note for note in _notes_of(loads)}
    new = [load for load in loads if load.pk not in last_notes or not _is_of(load, last_notes[load.pk])]
    sites = {load.site_id for load in new}
    numbers = DeliveryNote.objects.filter(site__in=sites).order_by().values_list("site")
    highest = dict(numbers.annotate(Max("number")))
    notes = []
    for load in new:
        highest[load.site_id] = highest.get(load.site_id, 0) + 1
        notes.append(
            DeliveryNote(
                site_id=load.site_id,
                number=highest[load.site_id],
                record_id=load.pk,
                record_version=load.version,
                content=content_of(load),
                token=secrets.token_urlsafe(16),
                issued_by=by or load.updated_by,
            )
        )
    DeliveryNote.objects.bulk_create(notes)


def _notes_of(loads: Sequence[Dispatch]) -> QuerySet[DeliveryNote]:
    """Return the notes of these loads, the last of each at the end."""
    return DeliveryNote.objects.filter(record_id__in=[load.pk for load in loads]).order_by("number")


def lines_of(note: DeliveryNote, language: str) -> list[tuple[str, str]]:
    """Return what a note says with labels and numbers as the language writes them."""
    return [(LABELS[language][name], _written(name, text, language)) for name, text in note.content.items()]


def _written(name: str, text: str, language: str) -> str:
    if name in NUMBERS:
        return text.replace(".", DECIMAL_MARKS[language])
    if name == "category" and language == "de":
        return GERMAN_CLASSES.get(text, text)
    if name == "time" and language == "de":
        date, space, time = text.partition(" ")
        return ".".join(reversed(date.split("-"))) + space + time
    return text


def note_pdf(note: DeliveryNote, *, paper: str, language: str) -> bytes:
    """Return a note as PDF. Raises OSError where libraries of the system are missing."""
    # The portal runs without the libraries of the system that WeasyPrint needs.
    from weasyprint import CSS, HTML, URLFetcher  # noqa: PLC0415

    labels, load = LABELS[language], _load(note.record_id)
    link = settings.PORTAL_URL + reverse("gate:check", args=[note.token])
    image = qrcode.make(link, image_factory=qrcode.image.svg.SvgPathImage, border=0)
    html = render_to_string(
        "gate/note.html",
        {
            "note": note,
            # "void" or "corrected"; a genuine note says nothing about itself.
            "status": labels.get(_status(note, load), ""),
            "language": language,
            "labels": labels,
            "company": settings.COMPANY_NAME,
            "lines": lines_of(note, language),
            "signature": signature_image(Owner(load.site, "dispatch", record=load))
            if load is not None
            else "",
            # Made by us from an address of ours.
            "code": SafeString(image.to_string(encoding="unicode")),
            "link": link,
        },
    )
    fetcher = URLFetcher(allowed_protocols=["data"])
    style = f"{STYLE.read_text(encoding='utf-8')} @page {{ size: {paper} }}"
    pdf: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(
        stylesheets=[CSS(string=style, url_fetcher=fetcher)]
    )
    return pdf


@require_POST
def issue(request: HttpRequest, record_id: int) -> HttpResponse:
    """Issue the note of a dispatched load, and go on to its PDF."""
    load = get_object_or_404(Dispatch.objects.for_user(request.user), pk=record_id)
    if not may_write(site_in_path(request, load.site_id)):
        raise PermissionDenied(_("Your role on this site lets you read, not issue notes."))
    note = issue_note(load=load, by=person_of(request))
    language = request.POST.get("language", "en")
    paper = request.POST.get("paper", PAPERS[0])
    return redirect(f"{reverse('gate:note', args=[note.pk])}?paper={paper}&language={language}")


@require_safe
def note(request: HttpRequest, note_id: int) -> HttpResponse:
    """Return a note as PDF. Raises Http404 for one of another site, and for an unknown paper or language."""
    found = get_object_or_404(DeliveryNote.objects.for_user(request.user), pk=note_id)
    paper, language = request.GET.get("paper", PAPERS[0]), request.GET.get("language", "en")
    if paper not in PAPERS or language not in LABELS:
        raise Http404
    response = HttpResponse(note_pdf(found, paper=paper, language=language), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="note-{found.number}.pdf"'
    return response


@require_safe
def ticket(request: HttpRequest, slug: str, record_id: int) -> HttpResponse:
    """Show the ticket of a load, to be printed on a roll of 80 mm or on A4.

    Raises Http404 for a load that the person does not see, and for a daily line.
    """
    module = movement_module(slug)
    related = ("site", "material", "vehicle", "weighbridge", "carrier", "party", "project", "created_by")
    loads = module.model._default_manager.for_user(request.user)  # type: ignore[attr-defined]  # RecordQuerySet's
    load = get_object_or_404(loads.select_related(*related), pk=record_id)
    paper = request.GET.get("paper", TICKET_PAPERS[0])
    if not load.load_state or paper not in TICKET_PAPERS:
        raise Http404
    # The page is about the load's site, whose decimal mark its figures have.
    site = site_in_path(request, load.site_id)
    columns = {column.name: column for column in module.entered_columns}
    # Columns of lists have other words: the registered vehicle, and the owner with the ticket's number.
    lines = [
        (
            _("Plate") if name == "vehicle" else columns[name].label,
            str(getattr(load, name)) if name in ("source", "owner") else columns[name].text_of(load),
        )
        for name in LINES
        if name in columns
    ]
    tare = f"{tons(load.tare_ton)} t ({load.get_tare_source_display().lower()})" if load.tare_ton else ""
    weights = [
        (_("Gross"), f"{tons(load.gross_ton)} t" if load.gross_ton else ""),
        (_("Tare"), tare),
        (_("Net"), f"{tons(load.qty_ton)} t"),
    ]
    context = {
        "load": load,
        "module": module,
        "paper": paper,
        "lines": [(label, text) for label, text in lines if text],
        "weights": [(label, text) for label, text in weights if text],
        "note": DeliveryNote.objects.filter(record_id=load.pk).first() if slug == "dispatch" else None,
        "may_correct": may_write(site),
        "query": urlencode({PARAMETER: site.code}),
        **files_context(Owner(site, slug, record=load)),
    }
    return render(request, "gate/ticket.html", context)


@login_not_required
@require_safe
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Say to anybody who scans a note whether it is genuine, corrected or void, and no more."""
    found = get_object_or_404(DeliveryNote, token=token)
    response = render(request, "gate/check.html", {"status": status_of(found), "number": found.number})
    response.headers["Cache-Control"] = "no-store"
    return response
