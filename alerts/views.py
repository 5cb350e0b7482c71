"""The alerts of a person, and the rules of a site: everybody reads them, its managers set them."""

from copy import copy
from http import HTTPStatus
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.evaluation import end_alerts
from alerts.models import SETTINGS, Alert, Kind, Notice, Rule, mark_read
from core.form_fields import use_decimal_mark
from dashboard.today import ENOUGH, ENTRY_TIME
from sites.history import changes_of
from sites.models import Material, Site, User
from sites.scope import lock_as_manager, manages, page_scope, page_site, person_of, require_manager

PAGE_LENGTH = 50

reading_and_sending = require_http_methods(["GET", "HEAD", "POST"])


# --- Alerts


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """Show the alerts of the sites of the page: open ones first, then the latest that ended."""
    person, scope = person_of(request), page_scope(request)
    unread = Notice.objects.unread().filter(person=person, alert=OuterRef("pk"))
    found = Alert.objects.filter(site__in=[site.pk for site in scope.sites]).select_related("site")
    found = found.annotate(is_unread=Exists(unread))
    ended = Paginator(found.exclude(ended_at=None), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "scope": scope,
        "open": list(found.open()) if ended.number == 1 else [],
        "is_first_page": ended.number == 1,
        "ended": ended,
        "has_unread": Notice.objects.unread()
        .filter(person=person, alert__site__in=[site.pk for site in scope.choices])
        .exists(),
    }
    return render(request, "alerts/alerts.html", context)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark an alert as read, and open the page where something can be done about it."""
    person = person_of(request)
    alert = get_object_or_404(Alert.objects.for_user(person).select_related("site"), pk=pk)
    mark_read(person, alert.pk)
    return redirect(alert.href)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all alerts of the user as read."""
    mark_read(person_of(request))
    messages.success(request, _now("All alerts are marked as read."))
    return redirect("alerts:list")


# --- Rules

USUAL = {"time": ENTRY_TIME, "percent": ENOUGH, "hours": 4}
HELP = {
    Kind.STOCK_BELOW: _("As when the stock must be ordered or made again."),
    Kind.STOCK_ABOVE: _("As when a pile leaves no room."),
    Kind.STOCK_OVER_PERMIT: _("What the permit of the site allows of this material at once."),
    Kind.NOTHING_ENTERED: _("On working days, by the clock of the site."),
    Kind.TARGET: _(
        "Of the target, at the pace of the working days that are over; from the third of them on."
    ),
    Kind.BREAKDOWN: _("Counted from the start of the first shift that was logged as a breakdown."),
    Kind.COUNT: _("Of the book stock, of counts of the last 7 days."),
}


class RuleForm(forms.ModelForm[Rule]):
    """The settings of a rule, whose site and kind are set."""

    class Meta:
        model = Rule
        fields = ("material", "level_ton", "time", "percent", "hours")
        widgets: ClassVar = {"time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        kind = Kind(self.instance.kind)
        for name in [name for name in self.fields if name not in SETTINGS[kind]]:
            del self.fields[name]
        for name, field in self.fields.items():
            field.required = True
            if self.initial.get(name) is None:
                self.initial[name] = USUAL.get(name)
            field.help_text = HELP[kind] if name == SETTINGS[kind][-1] else ""
        if "percent" in self.fields:
            self.fields["percent"].label = (
                _("Below, % of the target") if kind == Kind.TARGET else _("More than, %")
            )
            if kind == Kind.COUNT and self.instance.percent is None:
                self.initial["percent"] = max(1, round(self.instance.site.count_tolerance_percent))
        material = self.fields.get("material")
        if isinstance(material, forms.ModelChoiceField):
            material.queryset = Material.objects.filter(Q(is_active=True) | Q(pk=self.instance.material_id))
        use_decimal_mark(self.fields.values(), self.instance.site.decimal_mark)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules of the sites of the page."""
    scope = page_scope(request)
    found = Rule.objects.filter(site__in=[site.pk for site in scope.sites])
    is_open = Alert.objects.open().filter(rule=OuterRef("pk"))
    context = {
        "scope": scope,
        "rules": found.select_related("site", "material")
        .annotate(is_alerting=Exists(is_open))
        .order_by("site__name", "kind", "material__position", "pk"),
        "may_change": scope.site is not None and manages(scope.site),
        "kinds": [(kind.value, kind.label) for kind in Kind],
    }
    return render(request, "alerts/rules.html", context)


@reading_and_sending
def new_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Set a new rule of a kind for the site of the page."""
    site = page_site(request)
    require_manager(site)
    if kind not in Kind.values:
        raise Http404
    return _edit(request, Rule(site=site, kind=Kind(kind)))


@reading_and_sending
def edit_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the settings of a rule; an alert of it that no longer applies ends within a minute."""
    return _edit(request, _rule(request, pk))


@reading_and_sending
def delete_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a rule after a confirmation; its open alerts end."""
    rule = _rule(request, pk)
    if request.method != "POST":
        return render(request, "alerts/rule_delete.html", {"rule": rule})
    with transaction.atomic():
        lock_as_manager(rule.site_id, by=person_of(request))
        # Unordered: PostgreSQL locks no rows of an outer join, as that to the material would be.
        for stored in Rule.objects.select_for_update(no_key=True).order_by().filter(pk=rule.pk):
            end_alerts(Q(rule=stored))
            stored._history_user = request.user  # type: ignore[attr-defined]  # read by simple-history
            stored.delete()
    messages.success(request, _now("Deleted: %s.") % rule)
    return redirect(_address(rule.site))


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Show who changed the rules of the site, when, and from what to what."""
    site = page_site(request)
    context = {"site": site, "entries": changes_of(Rule, related=["material"], site_id=site.pk)}
    return render(request, "alerts/rule_history.html", context)


def _edit(request: HttpRequest, rule: Rule) -> HttpResponse:
    kind = Kind(rule.kind)
    form = RuleForm(request.POST if request.method == "POST" else None, instance=copy(rule))
    if form.is_valid():
        try:
            saved = _save(form.instance, by=person_of(request))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _now("Saved: %s.") % saved)
            return redirect(_address(rule.site))
    # A rule without settings is confirmed.
    context = {"rule": rule, "form": form, "label": kind.label, "has_settings": bool(SETTINGS[kind])}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/rule_form.html", context | {"help": HELP.get(kind, "")}, status=status)


@transaction.atomic
def _save(rule: Rule, *, by: User) -> Rule:
    """Save a rule. Raises Rule.DoesNotExist where it was deleted, ValidationError for a second one."""
    site = lock_as_manager(rule.site_id, by=by)
    if rule._state.adding:
        # What was entered before is not compared.
        rule.checked_change = site.change_number
    else:
        rule.checked_change = Rule.objects.select_for_update(no_key=True).get(pk=rule.pk).checked_change
    rule.full_clean()
    rule._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    rule.save()
    return rule


def _rule(request: HttpRequest, pk: int) -> Rule:
    """Return a rule that the user may change. Raises Http404, PermissionDenied below manager."""
    person = person_of(request)
    rule = get_object_or_404(Rule.objects.for_user(person).select_related("material"), pk=pk)
    rule.site = Site.objects.with_role(person).get(pk=rule.site_id)
    require_manager(rule.site)
    return rule


def _address(site: Site) -> str:
    return f"{reverse('alerts:rules')}?site={site.code}"
