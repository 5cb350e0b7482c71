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
from alerts.models import AlertsByEmail, Attachment, EmailChoice, Frequency, ScheduledEmail
from analysis.models import SavedAnalysis
from core.pango import missing_pdf_libraries
from sites.models import Site, User
from sites.scope import person_of

ALL_SITES = "all"


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
        daily = ScheduledEmail.objects.of_today().filter(person=self._person, frequency=Frequency.DAILY)
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


class ScheduledEmailForm(forms.ModelForm[ScheduledEmail]):
    """A new e-mail of Today or of a saved analysis."""

    subject = forms.ChoiceField(label=_("Of"))

    class Meta:
        model = ScheduledEmail
        fields = ("frequency", "hour", "time_zone", "attachment")
        widgets = {"hour": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}  # as Django has it

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        person = self.instance.person
        sites = Site.objects.for_user(person).active().order_by("name", "code")
        self._sites = {f"site-{site.pk}": site for site in sites}
        saved = SavedAnalysis.objects.for_user(person).distinct()
        self._analyses = {f"analysis-{analysis.pk}": analysis for analysis in saved}
        subject = self.fields["subject"]
        assert isinstance(subject, forms.ChoiceField)
        of_today = [(ALL_SITES, _now("Today: all my sites"))]
        of_today += [(key, _now("Today: %s") % site.name) for key, site in self._sites.items()]
        of_analyses = [(key, analysis.name) for key, analysis in self._analyses.items()]
        subject.choices = [(_("Today"), of_today), *([(_("Analyses"), of_analyses)] if of_analyses else [])]
        self.order_fields(["subject"])
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

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        subject = str(cleaned.get("subject"))
        self.instance.site, self.instance.analysis = self._sites.get(subject), self._analyses.get(subject)
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def emails(request: HttpRequest) -> HttpResponse:
    """Show and change which alerts come by e-mail, and show the scheduled e-mails.

    `?analysis=` chooses a saved analysis in the form of a new one.
    """
    person = person_of(request)
    form = ChoicesForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        form.save()
        messages.success(request, _now("Saved."))
        return redirect("alerts:emails")
    initial = {"subject": f"analysis-{request.GET['analysis']}"} if "analysis" in request.GET else {}
    added = ScheduledEmailForm(instance=ScheduledEmail(person=person), initial=initial)
    return _page(request, form, added)


@require_POST
def add_email(request: HttpRequest) -> HttpResponse:
    """Add an e-mail of Today or of an analysis."""
    person = person_of(request)
    form = ScheduledEmailForm(request.POST, instance=ScheduledEmail(person=person))
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
def remove_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a scheduled e-mail of the user."""
    wanted = get_object_or_404(ScheduledEmail.objects.for_user(person_of(request)), pk=pk)
    _remove(wanted)
    messages.success(request, _now("Removed: %s.") % wanted)
    return redirect("alerts:emails")


@transaction.atomic
def _remove(wanted: ScheduledEmail) -> None:
    """Remove a scheduled e-mail, and the alerts that no daily e-mail brings any more."""
    wanted.delete()
    daily = ScheduledEmail.objects.of_today().filter(person=wanted.person_id, frequency=Frequency.DAILY)
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
            for wanted in ScheduledEmail.objects.filter(pk=key):
                _remove(wanted)
        else:
            EmailChoice.objects.filter(pk=key).delete()
    return render(request, "alerts/unsubscribe.html", {"is_done": request.method == "POST", "token": token})


def _page(request: HttpRequest, choices: ChoicesForm, added: ScheduledEmailForm) -> HttpResponse:
    person = person_of(request)
    wanted = ScheduledEmail.objects.for_user(person).select_related("site", "analysis")
    is_wrong = bool(choices.errors or added.errors)
    return render(
        request,
        "alerts/emails.html",
        {"choices": choices, "added": added, "wanted": wanted.prefetch_related("emails")},
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
    )
