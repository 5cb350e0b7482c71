"""The page of an analysis, and the analyses that people saved."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from analysis.models import LONGEST_QUERY, SavedAnalysis
from analysis.page import AnalysisPage
from analysis.reports import pinned_analyses
from records.pages.table import may_write
from sites.models import User
from sites.scope import page_scope

# The formats of `exports`, which this app does not import.
FORMATS = (("xlsx", _("Excel")), ("csv", _("CSV")), ("pdf", _("PDF")))


class SaveForm(forms.Form):
    """The name of a saved analysis, and whether the site of the page sees it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    is_shared = forms.BooleanField(label=_("Share with this site"), required=False)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show an analysis as the address says."""
    return _page(request, SaveForm())


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the analysis of the address under a name, in place of the user's own of the same name."""
    form = SaveForm(request.POST)
    analysis = AnalysisPage.of(request)
    shared = form.is_valid() and form.cleaned_data["is_shared"]
    if shared and analysis.scope.site is None:
        form.add_error("is_shared", _now("Choose one site first: an analysis is shared with one site."))
    elif shared and analysis.scope.site is not None and not may_write(analysis.scope.site):
        form.add_error("is_shared", _now("Your role on this site lets you read: save it for yourself."))
    if len(analysis.address_query) > LONGEST_QUERY:
        form.add_error("name", _now("The filters of this analysis are too long to be saved."))
    if form.errors:
        return _page(request, form, status=422)
    name = form.cleaned_data["name"]
    SavedAnalysis.objects.update_or_create(
        owner=analysis.user,
        name=name,
        defaults={
            "query": analysis.address_query,
            "shared_with": analysis.scope.site if shared else None,
        },
    )
    messages.success(request, _now("Saved as “%(name)s”.") % {"name": name})
    return redirect(f"{reverse('analysis:page')}?{analysis.address_query}")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the user's own saved analyses. Raises Http404 for one that the user cannot see."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(SavedAnalysis.objects.for_user(request.user).distinct(), pk=pk)
    if saved.owner_id != request.user.pk:
        raise PermissionDenied(_now("Only the person who saved an analysis can remove it."))
    saved.delete()
    messages.success(request, _now("“%(name)s” was removed.") % {"name": saved.name})
    return redirect("analysis:page")


@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a saved analysis on the user's dashboard, or take it off again. Raises Http404 as `remove` does."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(SavedAnalysis.objects.for_user(request.user).distinct(), pk=pk)
    if request.POST.get("pinned"):
        saved.pinned_by.add(request.user)
        sentence = _now("“%(name)s” is on your dashboard.")
    else:
        saved.pinned_by.remove(request.user)
        sentence = _now("“%(name)s” is no longer on your dashboard.")
    messages.success(request, sentence % {"name": saved.name})
    return redirect(f"{reverse('analysis:page')}?{saved.query}")


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """Show the user's pinned analyses of a site, or of all sites, as a part of the dashboard or as a page."""
    assert isinstance(request.user, User)
    shown = pinned_analyses(request.user, page_scope(request))
    part = "#cards" if request.headers.get("HX-Request") else ""
    response = render(request, f"analysis/cards.html{part}", {"cards": shown})
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _page(request: HttpRequest, form: SaveForm, *, status: int = 200) -> HttpResponse:
    context = {"page": AnalysisPage.of(request), "save_form": form, "formats": FORMATS}
    return render(request, "analysis/page.html", context, status=status)
