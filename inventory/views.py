from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.form_fields import use_decimal_mark
from core.numbers import whole_number
from inventory.forms import StockCountForm, ThresholdForm
from inventory.models import StockCount, StockThreshold, set_threshold
from inventory.pages import MaterialPage, StockPage
from sites.models import Material, User
from sites.scope import page_site, require_manager


@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """Show what is in stock of each material on a date."""
    return render(request, "inventory/stock.html", {"stock": StockPage(request)})


@require_safe
def material(request: HttpRequest, material_id: int) -> HttpResponse:
    """Show the ledger of a material day by day. Raises Http404 for one that is not there."""
    found = get_object_or_404(Material, pk=material_id)
    return render(request, "inventory/material.html", {"page": MaterialPage(request, found)})


@require_http_methods(["GET", "HEAD", "POST"])
def threshold(request: HttpRequest, material_id: int) -> HttpResponse:
    """Set below how many tons a material is low at a site: in its line of the stock, or on a page of its own.

    Raises Http404 for a site that the person does not see, and where no one site is named; PermissionDenied
    below manager.
    """
    site = page_site(request)
    require_manager(site)
    material = get_object_or_404(Material, pk=material_id)
    if "cancel" in request.GET:
        return _stock_line(request, material)
    known = StockThreshold.objects.filter(site=site, material=material).first()
    form = ThresholdForm(
        request.POST if request.method == "POST" else None, instance=known, auto_id=f"mark-{material.pk}-%s"
    )
    use_decimal_mark(form.fields.values(), site.decimal_mark)
    if request.method != "POST" or not form.is_valid():
        return _threshold_form(request, material, form)
    assert isinstance(request.user, User)
    low_ton = form.cleaned_data["low_ton"]
    set_threshold(site=site, material=material, low_ton=low_ton, by=request.user)
    if request.headers.get("HX-Target"):
        return _stock_line(request, material, is_new=True)
    messages.success(request, _("The low mark of %(material)s is kept.") % {"material": material.name})
    return redirect(f"{reverse('inventory:stock')}?{StockPage(request).query}")


def _threshold_form(request: HttpRequest, material: Material, form: ThresholdForm) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page = StockPage(request)
    address = f"{reverse('inventory:threshold', args=[material.pk])}?{page.query}"
    context = {"stock": page, "material": material, "form": form, "address": address}
    if not request.headers.get("HX-Target"):
        return render(request, "inventory/threshold.html", context, status=status)
    context["line"] = page.line_of(material.pk)
    return render(request, "inventory/stock.html#row", context, status=status)


def _stock_line(request: HttpRequest, material: Material, *, is_new: bool = False) -> HttpResponse:
    """Show the line of a material, if it has one, and the total stock."""
    page = StockPage(request)
    context = {"stock": page, "line": page.line_of(material.pk), "is_new": is_new}
    return render(request, "inventory/stock.html#marked", context)


@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """Show the typed count and the book stock; `?record=` is the count that is being corrected.

    Raises Http404 for a site or a count that the person does not see, and where no one site is named.
    """
    site = page_site(request)
    record = None
    if "record" in request.GET:
        counts = StockCount.objects.for_user(request.user).filter(site=site)
        record = get_object_or_404(counts, pk=_number(request.GET["record"]))
    form = StockCountForm(request.GET.dict(), site=site, instance=record)
    form.full_clean()
    return render(request, "inventory/_comparison.html", {"comparison": form.comparison})


def _number(text: str) -> int:
    """Return a record's id from an address. Raises Http404 for what is none."""
    if (number := whole_number(text)) is None:
        raise Http404
    return number
