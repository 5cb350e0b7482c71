"""The page where a person chooses their e-mails, and ending one by the link in it."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from alerts.emails import UNSUBSCRIBE
from alerts.models import AlertsByEmail, Attachment, EmailChoice, Frequency, TodayEmail
from core.pango import missing_pdf_libraries
from sites.models import Site, User
from sites.scope import person_of


class ChoicesForm(forms.Form):
    """How a person gets the alerts of each of their sites by e-mail."""

    def __init__(self, values: "forms.utils._DataT | None", *, person: User) -> None:
        super().__init__(values)
        self._person = person
        self.sites = list(Site.objects.for_user(person).active().order_by("name", "code"))
        chosen = dict(EmailChoice.objects.filter(person=person).values_list("site", "alerts"))
        for site in self.sites:
            self.fields[str(site.pk)] = forms.ChoiceField(
                label=site.name,
                choices=[("", _("No e-mail")), *AlertsByEmail.choices],
                required=False,
                initial=chosen.get(site.pk, ""),
            )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        daily = TodayEmail.objects.filter(person=self._person, frequency=Frequency.DAILY)
        covered = set(daily.values_list("site", flat=True))
        for site in self.sites:
            is_daily = cleaned.get(str(site.pk)) == AlertsByEmail.DAILY
            if is_daily and not covered & {site.pk, None}:
                self.add_error(str(site.pk), _now("Add a daily e-mail of Today for this site first, below."))
        return cleaned

    @transaction.atomic
    def save(self) -> None:
        for site in self.sites:
            wanted = self.cleaned_data[str(site.pk)]
            if wanted:
                EmailChoice.objects.update_or_create(
                    person=self._person, site=site, defaults={"alerts": wanted}
                )
            else:
                EmailChoice.objects.filter(person=self._person, site=site).delete()


class TodayEmailForm(forms.ModelForm[TodayEmail]):
    """A new e-mail of Today."""

    class Meta:
        model = TodayEmail
        fields = ("site", "frequency", "hour", "time_zone", "attachment")
        widgets = {"hour": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}  # as Django has it

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        sites = Site.objects.for_user(self.instance.person).active().order_by("name", "code")
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)
        site.queryset, site.empty_label = sites, _("All my sites")
        zones = dict.fromkeys(sites.values_list("timezone", flat=True))
        last = self.instance.person.last_site
        self.initial["time_zone"] = last.timezone if last is not None else ""
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("By the clock of"), choices=[(zone, zone) for zone in zones]
        )
        if missing_pdf_libraries():
            choices = [choice for choice in Attachment.choices if choice[0] != Attachment.PDF]
            self.fields["attachment"] = forms.ChoiceField(label=_("File"), choices=choices, required=False)
            self.initial["attachment"] = Attachment.XLSX


@require_http_methods(["GET", "HEAD", "POST"])
def emails(request: HttpRequest) -> HttpResponse:
    """Show and change which alerts come by e-mail, and show the e-mails of Today."""
    person = person_of(request)
    form = ChoicesForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        form.save()
        messages.success(request, _now("Saved."))
        return redirect("alerts:emails")
    return _page(request, form, TodayEmailForm(instance=TodayEmail(person=person)))


@require_POST
def add_today(request: HttpRequest) -> HttpResponse:
    """Add an e-mail of Today."""
    person = person_of(request)
    form = TodayEmailForm(request.POST, instance=TodayEmail(person=person))
    if form.is_valid():
        added = form.instance
        added.next_at = added.due_after(timezone.now())
        try:
            added.validate_constraints()
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            added.save()
            messages.success(request, _now("Added: %s.") % added)
            return redirect("alerts:emails")
    return _page(request, ChoicesForm(None, person=person), form)


@require_POST
def remove_today(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an e-mail of Today of the user."""
    wanted = get_object_or_404(TodayEmail, pk=pk, person=person_of(request))
    _remove(wanted)
    messages.success(request, _now("Removed: %s.") % wanted)
    return redirect("alerts:emails")


@transaction.atomic
def _remove(wanted: TodayEmail) -> None:
    """Remove an e-mail of Today, and the alerts that no daily e-mail brings any more."""
    wanted.delete()
    daily = TodayEmail.objects.filter(person=wanted.person_id, frequency=Frequency.DAILY)
    if not daily.filter(site=None).exists():
        choices = EmailChoice.objects.filter(person=wanted.person_id, alerts=AlertsByEmail.DAILY)
        choices.exclude(site__in=daily.values("site")).delete()


@login_not_required
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End an e-mail by its link, or by the button of a mail program (RFC 8058), which has no token."""
    try:
        kind, key = signing.loads(token, salt=UNSUBSCRIBE)
    except signing.BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        if kind == "today":
            for wanted in TodayEmail.objects.filter(pk=key):
                _remove(wanted)
        else:
            EmailChoice.objects.filter(pk=key).delete()
    return render(request, "alerts/unsubscribe.html", {"is_done": request.method == "POST", "token": token})


def _page(request: HttpRequest, choices: ChoicesForm, today: TodayEmailForm) -> HttpResponse:
    person = person_of(request)
    wanted = TodayEmail.objects.filter(person=person).select_related("site").prefetch_related("emails")
    is_wrong = bool(choices.errors or today.errors)
    return render(
        request,
        "alerts/emails.html",
        {"choices": choices, "today": today, "wanted": wanted},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
    )
