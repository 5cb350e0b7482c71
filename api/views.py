"""A person's tokens, and the pages of the API that people read."""

import datetime as dt
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from api.auth import make_token, revoke_token
from api.errors import CallRefused, error_answer
from api.forms import TokenForm
from api.models import ApiToken
from api.openapi.docs_page import chapters
from api.openapi.spec import described
from api.records.filters import require_no_query
from sites.models import User


def tokens(request: HttpRequest) -> HttpResponse:
    """Show a person's tokens and how much each was used."""
    return _page(request, TokenForm())


@require_POST
@never_cache
def make(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    last = form.cleaned_data["expires_on"]
    _token, text = make_token(
        owner=_person(request),
        name=form.cleaned_data["name"],
        is_read_only=form.cleaned_data["is_read_only"],
        expires_at=None if last is None else dt.datetime.combine(last, dt.time.max, dt.UTC),
    )
    return _page(request, TokenForm(), new_token=text)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the person's tokens."""
    token = get_object_or_404(ApiToken, pk=pk, owner=_person(request))
    revoke_token(token, by=_person(request))
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("api:tokens")


@csrf_exempt
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show what the description says, for people to read."""
    try:
        require_no_query(request)
    except CallRefused as refused:
        return refused.answer
    return render(request, "api/docs.html", {"chapters": chapters(described())})


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer an address of the API that is none."""
    return error_answer(HTTPStatus.NOT_FOUND)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, form: TokenForm, *, status: int = 200, new_token: str = "") -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.filter(owner=_person(request)).with_use(),
        "new_token": new_token,
        "now": timezone.now(),
    }
    return render(request, "api/tokens.html", context, status=status)
