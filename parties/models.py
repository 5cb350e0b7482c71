"""Who material comes from and goes to, what carries it, and the weighbridges that weigh it."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Self, override

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import LEAST_TONS, TonsField
from sites.models import MasterData, MasterDataQuerySet, Site, User, validate_code

# What a lorry or an empty container can weigh, in tons.
MOST_WEIGHT = Decimal(200)
WEIGHT_RANGE = _("A weight must be more than 0 and at most 200 tons.")
WEIGHT_VALIDATORS = [
    MinValueValidator(LEAST_TONS, message=WEIGHT_RANGE),
    MaxValueValidator(MOST_WEIGHT, message=WEIGHT_RANGE),
]

LONGEST_CODE = 50


def plain(text: str) -> str:
    """Return a text as its letters and digits in one case: `Müller & Co.` and `MÜLLER+CO` are the same."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if letter.isalnum())


class PartyQuerySet(MasterDataQuerySet["Party"]):
    def at(self, site: Site) -> Self:
        """Keep the parties that a site uses: those of the whole company and those of this site."""
        used_here = Party.sites.through.objects.filter(party=models.OuterRef("pk"))
        return self.filter(
            ~models.Exists(used_here) | models.Exists(used_here.filter(site=site.pk)), merged_into=None
        )

    def at_any(self, sites: Sequence[Site]) -> Self:
        """Keep the parties that one of these sites uses, those that were merged or are inactive too."""
        used_at = Party.sites.through.objects.filter(party=models.OuterRef("pk"))
        return self.filter(~models.Exists(used_at) | models.Exists(used_at.filter(site__in=sites)))


class Party(MasterData):
    """A company or place that loads come from, go to or are carried by. It may be of several kinds."""

    is_customer = models.BooleanField(_("customer"), default=False)
    is_supplier = models.BooleanField(_("supplier"), default=False)
    is_carrier = models.BooleanField(_("carrier"), default=False)
    is_project = models.BooleanField(_("project or site of origin"), default=False)
    is_disposal = models.BooleanField(_("place of disposal or recovery"), default=False)
    address = models.TextField(_("address"), max_length=500, blank=True)
    sites = models.ManyToManyField(
        Site,
        blank=True,
        related_name="+",
        verbose_name=_("used at"),
        help_text=_("None: every site uses it."),
    )
    # Records keep the party that they were entered with; its figures are those of this one.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )

    history = HistoricalRecords()

    objects = PartyQuerySet.as_manager()

    KINDS: ClassVar = ("is_customer", "is_supplier", "is_carrier", "is_project", "is_disposal")

    class Meta(MasterData.Meta):
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(is_active=False),
                name="parties_party_merged_inactive",
                violation_error_message=_("A merged party is inactive. Undo the merge to use it again."),
            ),
        ]

    @property
    def kinds(self) -> list[str]:
        """Return the names of its kinds."""
        return [str(self._meta.get_field(kind).verbose_name) for kind in self.KINDS if getattr(self, kind)]  # type: ignore[union-attr]  # columns, which have one


class PartyNumber(models.Model):
    """A number by which a register or a tax office knows a party."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="numbers")
    kind = models.CharField(_("kind"), max_length=50, help_text=_("Such as VAT, commercial register, EfbV."))
    number = models.CharField(_("number"), max_length=50)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("tax or register number")
        verbose_name_plural = _("tax and register numbers")
        ordering = ("kind", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"],
                name="parties_partynumber_unique",
                violation_error_message=_("Another party has this number."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Spelling(models.Model):
    """A text of older records that means a party, compared without case, spaces and marks."""

    key = models.CharField(max_length=100, unique=True)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="spellings")

    class Meta:
        verbose_name = _("spelling")
        verbose_name_plural = _("spellings")

    def __str__(self) -> str:
        return self.key


class Merge(models.Model):
    """That one party was merged into another, by whom, and whether that was undone."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+", verbose_name=_("merged"))
    into = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="merges", verbose_name=_("into"))
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    was_active = models.BooleanField(default=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ("-merged_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="parties_merge_undone_paired",
                violation_error_message=_("Who undid a merge and when are kept together."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} → {self.into}"


def _save(party: Party, by: User) -> None:
    party._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    party.save()


@transaction.atomic
def merge_parties(*, parties: Sequence[Party], into: Party, by: User) -> None:
    """Make these parties mean another one. No record changes, so that closed days stay as they are.

    Raises ValidationError for a party that is merged already or has others merged into it.
    """
    locked = {
        party.pk: party
        for party in Party.objects.select_for_update()
        .filter(pk__in=[into.pk, *(party.pk for party in parties)])
        .order_by("pk")
    }
    kept = locked.pop(into.pk)
    if kept.merged_into_id is not None:
        raise ValidationError(_("“%(party)s” is merged into another party."), params={"party": kept})
    for party in locked.values():
        if party.merged_into_id is not None or party.merged.exists():
            raise ValidationError(
                _("“%(party)s” is part of another merge: undo that first.") % {"party": party}
            )
        Merge.objects.create(party=party, into=kept, merged_by=by, was_active=party.is_active)
        party.merged_into, party.is_active = kept, False
        _save(party, by)


@transaction.atomic
def undo_merge(*, merge: Merge, by: User) -> None:
    """Make a merged party one of its own again. Raises ValidationError where that was done already."""
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise ValidationError(_("This merge was undone already."))
    party = Party.objects.select_for_update().get(pk=merge.party_id)
    party.merged_into, party.is_active = None, merge.was_active
    if party.is_active and party.namesakes().exists():
        raise ValidationError(
            _("Another active party is named “%(party)s”: rename it first.") % {"party": party}
        )
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save()
    _save(party, by)


class Tared(MasterData):
    """What carries material: a code by which its spellings are one, and its stored tare."""

    tare_ton = TonsField(
        _("stored tare, tons"), null=True, blank=True, db_column="tare_kg", validators=WEIGHT_VALIDATORS
    )
    tared_on = models.DateField(_("tare weighed on"), null=True, blank=True)
    tare_valid_until = models.DateField(_("tare valid until"), null=True, blank=True)

    class Meta(MasterData.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(tare_ton__isnull=True, tared_on__isnull=True, tare_valid_until__isnull=True)
                | Q(tare_ton__isnull=False, tared_on__isnull=False),
                name="%(app_label)s_%(class)s_tare_dated",
                violation_error_message=_("A stored tare has the date on which it was weighed."),
            ),
        ]

    def tare_on(self, date: dt.date) -> Decimal | None:
        """Return the stored tare, in tons, where it is valid on a date."""
        if self.tare_ton is None or (self.tare_valid_until is not None and date > self.tare_valid_until):
            return None
        return self.tare_ton


def plate_code(plate: str) -> str:
    """Return the code of a plate, in which its spellings are one: `b-do 17` and `B DO 17` are `BDO17`."""
    code = plain(plate).upper()
    # A code is never a number alone, so that it is not mistaken for an id.
    return f"NO-{code}" if code.isdigit() else code


class Vehicle(Tared):
    """A lorry by its plate."""

    name = models.CharField(_("plate"), max_length=50)
    code = models.CharField(_("code"), max_length=LONGEST_CODE, unique=True, editable=False)
    carrier = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="vehicles",
        limit_choices_to={"is_carrier": True},
        verbose_name=_("carrier"),
    )
    largest_gross_ton = TonsField(
        _("largest gross, tons"),
        null=True,
        blank=True,
        db_column="largest_gross_kg",
        validators=WEIGHT_VALIDATORS,
    )

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Vehicle"].as_manager()

    class Meta(Tared.Meta):
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        constraints = [
            *Tared.Meta.constraints,
            models.CheckConstraint(
                condition=Q(tare_ton__isnull=True)
                | Q(largest_gross_ton__isnull=True)
                | Q(tare_ton__lt=F("largest_gross_ton")),
                name="parties_vehicle_tare_below_gross",
                violation_error_message=_("The tare is less than the largest gross."),
            ),
        ]

    @override
    def clean(self) -> None:
        self.code = plate_code(self.name)
        super().clean()
        if not plain(self.name):
            raise ValidationError({"name": _("A plate has letters or digits.")})
        # Some letters are several in the code.
        if len(self.code) > LONGEST_CODE:
            raise ValidationError({"name": _("This plate is too long.")})
        if type(self).objects.filter(code=self.code).exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("This vehicle is there already, perhaps spelled otherwise.")})


class Container(Tared):
    """A container that changes lorries."""

    history = HistoricalRecords()

    objects = MasterDataQuerySet["Container"].as_manager()

    class Meta(Tared.Meta):
        verbose_name = _("container")
        verbose_name_plural = _("containers")


class Weighbridge(MasterData):
    """A weighbridge of a site. Where the portal gives its ticket numbers, they have no gap."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, db_index=False, verbose_name=_("site"))
    code = models.CharField(_("code"), max_length=20, validators=[validate_code])
    gives_numbers = models.BooleanField(
        _("the portal gives the ticket numbers"),
        default=True,
        help_text=_("Otherwise each load comes with the number that another system gave it."),
    )
    # The last number that was given; only `take_number` changes it.
    last_number = models.PositiveIntegerField(_("last ticket number"), default=0, editable=False)

    history = HistoricalRecords(excluded_fields=["last_number"])

    objects = MasterDataQuerySet["Weighbridge"].as_manager()

    fixed_once_used = ("site", "gives_numbers", "code")

    class Meta(MasterData.Meta):
        verbose_name = _("weighbridge")
        verbose_name_plural = _("weighbridges")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"],
                name="parties_weighbridge_code_unique",
                violation_error_message=_("This site has a weighbridge with this code already."),
            ),
        ]

    @override
    def namesakes(self) -> "models.QuerySet[Self]":
        return super().namesakes().filter(site=self.site_id)

    def take_number(self) -> str:
        """Return the next ticket number, in the transaction that stores it: without it, it is not taken.

        The lock of the site orders those who take one; the row's own lock holds where that is missing.
        """
        assert connection.in_atomic_block
        mine = type(self).objects.filter(pk=self.pk)
        mine.update(last_number=F("last_number") + 1)
        return f"{self.code}-{mine.values_list('last_number', flat=True).get():06d}"
