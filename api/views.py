"""A user's tokens, and the API's own pages: its description as OpenAPI and as a page."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import ClassVar, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from api.app import build_api
from api.auth import TOKEN_VALID_FOR, make_token, revoke_token
from api.models import ApiToken
from api.responses import ApiError, json_response
from api.schemas import JsonSchema, require_no_query
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.accounts.mails import send_notice
from sites.accounts.sign_in import require_proof
from sites.dates import NOT_A_DATE, date_input
from sites.scope import person_of


class TokenForm(forms.ModelForm[ApiToken]):
    """The name, access and expiry of a new token."""

    expires_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=date_input(),
        help_text=gettext_lazy("It expires at the end of that day, UTC; left empty, after 90 days."),
        error_messages={"invalid": NOT_A_DATE},
    )
    never_expires = forms.BooleanField(
        label=gettext_lazy("It never expires"),
        required=False,
        help_text=gettext_lazy("Anybody who finds it can use it until you revoke it."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "is_read_only")
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        labels: ClassVar = {"is_read_only": gettext_lazy("Read only")}
        help_texts: ClassVar = {"name": gettext_lazy("The program that will use it, such as “Weighbridge”.")}

    def clean_expires_on(self) -> object:
        last = self.cleaned_data["expires_on"]
        if last is not None and last < timezone.now().date():
            raise forms.ValidationError(_("This date is in the past."), code="past")
        return last

    @property
    def expires_at(self) -> dt.datetime | None:
        """Return the end of the chosen day or, where none was chosen, of the usual time."""
        if self.cleaned_data["never_expires"]:
            return None
        last: dt.date = self.cleaned_data["expires_on"] or (timezone.now() + TOKEN_VALID_FOR).date()
        return dt.datetime.combine(last, dt.time.max, dt.UTC)


LIMITS = (("minimum", "≥"), ("maximum", "≤"))


@dataclass(frozen=True)
class FieldText:
    """A parameter, or a key of a body or of a response."""

    name: str
    type: str
    description: str
    is_required: bool = False


def chapters_of(description: JsonSchema) -> dict[str, list[JsonSchema]]:
    """Return the operations of a description by tag, each with its fields."""
    found: dict[str, list[JsonSchema]] = {}
    paths = cast("Mapping[str, Mapping[str, JsonSchema]]", description["paths"])
    reader = _Reader(description)
    for path, methods in sorted(paths.items()):
        for method, operation in methods.items():
            shown = {**operation, **reader.fields(operation), "method": method.upper(), "path": path}
            found.setdefault(cast("list[str]", operation["tags"])[0], []).append(shown)
    return found


class _Reader:
    """Follows the description's references."""

    def __init__(self, description: JsonSchema) -> None:
        components = cast("Mapping[str, Mapping[str, JsonSchema]]", description["components"])
        self._schemas = components["schemas"]

    def fields(self, operation: JsonSchema) -> JsonSchema:
        """Return the fields of an operation's parameters, body and response, and its statuses."""
        responses = cast("Mapping[int, JsonSchema]", operation["responses"])
        status = min(responses)
        return {
            "parameters": [
                self._parameter(item) for item in cast("list[JsonSchema]", operation["parameters"])
            ],
            "body": list(self._fields(_content(cast("JsonSchema", operation.get("requestBody", {}))))),
            "response": list(self._fields(_content(responses[status]))),
            "success": f"{int(status)} {HTTPStatus(status).phrase}",
            "errors": [str(int(code)) for code in responses if code != status],
        }

    def _parameter(self, parameter: JsonSchema) -> FieldText:
        return FieldText(
            name=str(parameter["name"]),
            type=self._type(cast("JsonSchema", parameter["schema"])),
            description=str(parameter.get("description", "")),
            is_required=bool(parameter["required"]),
        )

    def _fields(self, schema: JsonSchema, prefix: str = "") -> Iterator[FieldText]:
        """Yield the keys of an object, each followed by those of an object in it."""
        schema = self._resolved(schema)
        required = cast("list[str]", schema.get("required", []))
        for name, part in cast("Mapping[str, JsonSchema]", schema.get("properties", {})).items():
            field = self._resolved(part)
            yield FieldText(
                f"{prefix}{name}", self._type(part), str(field.get("description", "")), name in required
            )
            yield from self._fields(cast("JsonSchema", field.get("items", field)), f"{prefix}{name}.")

    def _resolved(self, schema: JsonSchema) -> JsonSchema:
        """Return the schema itself for a reference, and the first one of several."""
        if "$ref" in schema:
            return self._resolved(self._schemas[str(schema["$ref"]).rpartition("/")[2]])
        if "anyOf" in schema:
            first = self._resolved(cast("list[JsonSchema]", schema["anyOf"])[0])
            return {**first, "description": schema.get("description", "")}
        return schema

    def _type(self, schema: JsonSchema) -> str:
        """Return the type of a value in a few words."""
        words = [" | ".join(self._types(schema))]
        words += [f"{sign} {schema[name]}" for name, sign in LIMITS if name in schema]
        if "maxLength" in schema:
            words.append(_("at most %(length)s characters") % {"length": schema["maxLength"]})
        return ", ".join(words)

    def _types(self, schema: JsonSchema) -> list[str]:
        if "anyOf" in schema:
            parts = cast("list[JsonSchema]", schema["anyOf"])
            return list(dict.fromkeys(name for part in parts for name in self._types(part)))
        schema = self._resolved(schema)
        if "enum" in schema:
            return [str(code) for code in cast("list[object]", schema["enum"]) if code is not None]
        types = schema.get("type", "object")
        return [str(name) for name in types] if isinstance(types, list) else [str(types)]


def _content(holder: JsonSchema) -> JsonSchema:
    """Return the schema of the JSON in a body or a response; empty where there is none."""
    content = cast("Mapping[str, Mapping[str, JsonSchema]]", holder.get("content", {}))
    return content.get("application/json", {}).get("schema", {})


def tokens(request: HttpRequest) -> HttpResponse:
    """Show a user's tokens and when they were used."""
    return _tokens_page(request, TokenForm())


@require_POST
@never_cache
def make(request: HttpRequest) -> HttpResponse:
    """Create a token and show it once. It needs a password or factor that was given just before."""
    owner = person_of(request)
    form = TokenForm(request.POST, instance=ApiToken(owner=owner))
    if not form.is_valid():
        return _tokens_page(request, form, status=422)
    require_proof(request)
    token, text = make_token(
        owner=owner,
        name=form.cleaned_data["name"],
        is_read_only=form.cleaned_data["is_read_only"],
        expires_at=form.expires_at,
    )
    send_notice(
        _("A new API token at DeskOps"),
        _("The API token “%(name)s” was made for your account: a program with it can do what you can do.")
        % {"name": token.name},
        to=owner.email,
        by=owner,
    )
    return _tokens_page(request, TokenForm(), new_token=text)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the user's tokens."""
    token = get_object_or_404(ApiToken, pk=pk, owner=person_of(request))
    revoke_token(token, by=person_of(request))
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
    return ApiError(HTTPStatus.NOT_FOUND).response


def _tokens_page(
    request: HttpRequest, form: TokenForm, *, status: int = 200, new_token: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.filter(owner=person_of(request)).select_related("owner").with_usage(),
        "new_token": new_token,
        "now": timezone.now(),
    }
    return render(request, "api/tokens.html", context, status=status)
