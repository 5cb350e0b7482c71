"""Texts of older records that may be one party: listed by use, and linked to a party."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from inventory.models import LoadedMovement
from parties.models import Party, Spelling, plain
from records.registry import modules
from sites.models import User
from sites.scope import person_of

# The most proposals that the page shows, the most used first.
SHOWN = 50
KINDS = [(kind, Party._meta.get_field(kind).verbose_name) for kind in Party.KINDS]  # type: ignore[union-attr]  # columns

# The parties that texts may be linked to.
LINKED_PARTIES = Party.objects.filter(merged_into=None)


@dataclass(frozen=True)
class PartyProposal:
    """Texts that differ in case, spaces and marks alone, the most used first."""

    key: str
    texts: tuple[str, ...]
    uses: int

    @property
    def name(self) -> str:
        return self.texts[0]


def proposals() -> list[PartyProposal]:
    """Return the texts of all records that no party is linked to. One query for each module."""
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    for module in modules():
        if issubclass(module.model, LoadedMovement):
            column = module.model.party_text
            records = module.model._default_manager.exclude(**{column: ""}).filter(party=None).order_by()
            for text, count in records.values_list(column).annotate(Count("pk")):
                uses[plain(text)][text] += count
    known = set(Spelling.objects.values_list("key", flat=True))
    found = [
        PartyProposal(key, tuple(text for text, _count in texts.most_common()), texts.total())
        for key, texts in uses.items()
        if key and key not in known
    ]
    return sorted(found, key=lambda proposal: (-proposal.uses, proposal.key))[:SHOWN]


class LinkForm(forms.Form):
    """A party that a proposal means: a known one, or a new one of these kinds."""

    key = forms.CharField(max_length=100, widget=forms.HiddenInput)
    party = forms.ModelChoiceField(
        label=gettext_lazy("Party"),
        queryset=LINKED_PARTIES,
        required=False,
    )
    kind = forms.ChoiceField(label=gettext_lazy("New party is a"), choices=KINDS)


@transaction.atomic
def link(*, proposal: PartyProposal, party: Party | None, kind: str, by: User) -> Party:
    """Let the texts of a proposal mean a party, a new one where there is none. No record is changed.

    Raises ValidationError where a new party cannot have the name, such as that of another one.
    """
    if party is None:
        party = Party(name=proposal.name, position=Party.objects.count() + 1, **{kind: True})
        party.code = _free_code(proposal.name)
        party.full_clean()
        party._history_user = by  # type: ignore[attr-defined]  # read by simple-history
        party.save()
    Spelling.objects.create(key=proposal.key, party=party)
    return party


def _free_code(name: str) -> str:
    """Return a short code for a name that no party has."""
    base = slugify(name).upper()[:20].strip("-") or "PARTY"
    base = base if not base.isdigit() else f"P-{base}"
    taken = set(Party.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(code for number in range(1, len(taken) + 2) if (code := _numbered(base, number)) not in taken)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _forms_of(found: Sequence[PartyProposal]) -> list[tuple[PartyProposal, LinkForm]]:
    """Return a form for each proposal. The parties are read once for all of them."""
    parties = [("", _("A new party")), *LINKED_PARTIES.values_list("pk", "name")]
    forms_of = []
    for number, proposal in enumerate(found):
        form = LinkForm(initial={"key": proposal.key}, auto_id=f"link-{number}-%s")
        choice = form.fields["party"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.choices = parties
        forms_of.append((proposal, form))
    return forms_of


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """List the proposals, and link one to a party. Raises PermissionDenied for others than admins."""
    by = person_of(request)
    if not by.is_superuser:
        raise PermissionDenied(_("Only admins link texts to parties."))
    found = proposals()
    if request.method == "POST":
        form = LinkForm(request.POST)
        proposal = next((each for each in found if each.key == request.POST.get("key")), None)
        if form.is_valid() and proposal is not None:
            try:
                party = link(
                    proposal=proposal,
                    party=form.cleaned_data["party"],
                    kind=form.cleaned_data["kind"],
                    by=by,
                )
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                words = _("“%(text)s” means %(party)s.") % {"text": proposal.name, "party": party}
                messages.success(request, words)
        else:
            messages.error(request, _("These texts are linked already, or the choice is not valid."))
        return redirect("gate:spellings")
    return render(request, "gate/spellings.html", {"proposals": _forms_of(found)})
