"""A user's tokens, and the API's own pages."""

import datetime as dt
from functools import cache
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from api.app import build_api
from api.auth import make_token, revoke_token
from api.docs_page import chapters_of
from api.errors import ApiError, error_response
from api.forms import TokenForm
from api.models import ApiToken
from api.responses import json_response
from api.schemas import JsonSchema, require_no_query
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.models import User


def tokens(request: HttpRequest) -> HttpResponse:
    """Show a user's tokens and when they were used."""
    return _tokens_page(request, TokenForm())


@require_POST
@never_cache
def make(request: HttpRequest) -> HttpResponse:
    """Create a token and show it once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _tokens_page(request, form, status=422)
    last = form.cleaned_data["expires_on"]
    _token, text = make_token(
        owner=_user(request),
        name=form.cleaned_data["name"],
        is_read_only=form.cleaned_data["is_read_only"],
        expires_at=None if last is None else dt.datetime.combine(last, dt.time.max, dt.UTC),
    )
    return _tokens_page(request, TokenForm(), new_token=text)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the user's tokens."""
    token = get_object_or_404(ApiToken, pk=pk, owner=_user(request))
    revoke_token(token, by=_user(request))
    messages.success(request, _("“%(name)s” is revoked.") % {"name": token.name})
    return redirect("api:tokens")


@csrf_exempt
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the description in OpenAPI."""
    try:
        require_no_query(request)
    except ApiError as error:
        return error.response
    return json_response(description())


@csrf_exempt
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description as a page."""
    try:
        require_no_query(request)
    except ApiError as error:
        return error.response
    return render(request, "api/docs.html", {"chapters": chapters_of(description())})


def description() -> JsonSchema:
    """Return the description of the API of the installed modules."""
    return _description(modules())


@cache
def _description(_modules: tuple[RecordModule[DailyRecord], ...]) -> JsonSchema:
    return build_api().get_openapi_schema(path_prefix="/api/")


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Answer an address that does not exist."""
    return error_response(HTTPStatus.NOT_FOUND)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _tokens_page(
    request: HttpRequest, form: TokenForm, *, status: int = 200, new_token: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.filter(owner=_user(request)).select_related("owner").with_usage(),
        "new_token": new_token,
        "now": timezone.now(),
    }
    return render(request, "api/tokens.html", context, status=status)
