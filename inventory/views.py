from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inventory.forms import StockCountForm
from inventory.models import StockCount
from inventory.module import STOCK_COUNTS
from records import views
from sites.scope import page_scope


class StockCountList(views.RecordList[StockCount]):
    module = STOCK_COUNTS


class StockCountCreate(views.RecordCreate[StockCount]):
    module = STOCK_COUNTS


class StockCountEdit(views.RecordEdit[StockCount]):
    module = STOCK_COUNTS


class StockCountDelete(views.RecordDelete[StockCount]):
    module = STOCK_COUNTS


class StockCountHistory(views.RecordHistory[StockCount]):
    module = STOCK_COUNTS


@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """Show what is typed beside the books; `?record=` is the count that is being corrected.

    Raises Http404 for a site or a count that the person does not see, and where no one site is named.
    """
    site = page_scope(request).site
    if site is None:
        raise Http404
    record = None
    if "record" in request.GET:
        counts = StockCount.objects.for_user(request.user).filter(site=site)
        record = get_object_or_404(counts, pk=_number(request.GET["record"]))
    form = StockCountForm(request.GET.dict(), site=site, instance=record)
    form.full_clean()
    return render(request, "inventory/_comparison.html", {"comparison": form.comparison})


def _number(text: str) -> int:
    """Return a record's id from an address. Raises Http404 for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
