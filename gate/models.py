"""Loads between their two weighings, and the delivery notes of dispatched ones."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.db.fields import TonsField
from inventory.models import LoadedMovement
from parties.models import WEIGHT_VALIDATORS, Container, Party, Vehicle, Weighbridge
from records.registry import module as module_of
from sites.models import Material, OfSiteQuerySet, Operation, Site, User

# How long a weighing is proposed at the gate, and kept.
PROPOSED_FOR = dt.timedelta(minutes=10)
KEPT_FOR = dt.timedelta(days=30)


class OpenLoad(models.Model):
    """A lorry on site that was weighed once. It has no tons yet: the second weighing makes it a record."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    # The slug of the module whose record it becomes.
    module = models.CharField(_("module"), max_length=40)
    time_in = models.DateTimeField(_("time in"), default=timezone.now)
    first_ton = TonsField(_("first weighing"), db_column="first_kg", validators=WEIGHT_VALIDATORS)
    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.PROTECT, related_name="open_loads", verbose_name=_("vehicle")
    )
    weighbridge = models.ForeignKey(
        Weighbridge,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_loads",
        verbose_name=_("weighbridge"),
    )
    container = models.ForeignKey(
        Container,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_loads",
        verbose_name=_("container"),
    )
    carrier = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("carrier")
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_loads",
        verbose_name=_("party"),
    )
    project = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("project")
    )
    material = models.ForeignKey(
        Material,
        on_delete=models.PROTECT,
        related_name="open_loads",
        verbose_name=_("material"),
    )
    operation = models.ForeignKey(
        Operation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="open_loads",
        verbose_name=_("operation"),
    )
    order_reference = models.CharField(_("order reference"), max_length=50, blank=True)
    reference = models.CharField(_("delivery note"), max_length=50, blank=True)
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    # What a browser calls a load that it weighed in without a connection, to weigh it out the same way.
    key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    # The dispatch of another own site whose arrival it is: see transfers/actions.py.
    sent_id = models.BigIntegerField(_("transfer"), null=True, blank=True, editable=False)
    # Why it stays open at the end of the day, so that the day can be submitted.
    explanation = models.CharField(_("why it is still on site"), max_length=200, blank=True)
    explained_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("explained by"),
    )

    objects = OfSiteQuerySet["OpenLoad"].as_manager()

    class Meta:
        verbose_name = _("open load")
        verbose_name_plural = _("open loads")
        ordering = ("time_in", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "vehicle"],
                name="gate_openload_vehicle_unique",
                violation_error_message=_("This vehicle is on site already: weigh it out first."),
            ),
            models.UniqueConstraint(
                fields=["site", "key"], condition=~Q(key=""), name="gate_openload_key_unique"
            ),
            models.CheckConstraint(
                condition=Q(explanation="", explained_by__isnull=True)
                | (~Q(explanation="") & Q(explained_by__isnull=False)),
                name="gate_openload_explained_paired",
                violation_error_message=_("An explanation is kept with who gave it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} · {self.material}"

    @property
    def minutes(self) -> int:
        """Return for how many minutes the lorry has been on site."""
        return int((timezone.now() - self.time_in) / dt.timedelta(minutes=1))

    @property
    def local_time_in(self) -> dt.datetime:
        return self.time_in.astimezone(self.site.zone)

    @property
    def is_incoming(self) -> bool:
        """Return whether the first weighing is of the full lorry."""
        model = module_of(self.module).model
        assert issubclass(model, LoadedMovement)
        return model.arrives_full


class DeliveryNote(models.Model):
    """A delivery note as it was issued. It is never changed and never deleted; its load says if it holds."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    number = models.PositiveIntegerField(_("number"))
    # The dispatch, which may be deleted where its ticket is not of the portal.
    record_id = models.BigIntegerField(_("dispatch"), db_index=True)
    # The version of the dispatch that it is of; 0 where that was not kept.
    record_version = models.PositiveIntegerField(_("version of the dispatch"), default=0, db_default=0)
    content = models.JSONField(_("content"))
    # What the code on the paper leads to.
    token = models.CharField(_("token"), max_length=32, unique=True)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    issued_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("issued by")
    )

    objects = OfSiteQuerySet["DeliveryNote"].as_manager()

    class Meta:
        verbose_name = _("delivery note")
        verbose_name_plural = _("delivery notes")
        ordering = ("-issued_at",)
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="gate_deliverynote_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.site.code} {self.number}"


class FileKind(models.TextChoices):
    PHOTO = "photo", _("Photo")
    DOCUMENT = "document", _("Document")
    SIGNATURE = "signature", _("Signature")


class LoadFile(models.Model):
    """A photo, a document or the signature of a load, while it is on site and of its record afterwards."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    # No foreign keys: the load on site becomes a record of one of two modules.
    open_load_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    module = models.CharField(_("module"), max_length=40)
    record_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind)
    name = models.CharField(_("file"), max_length=100)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    # Where the file and its thumbnail are stored; random, so that nobody can guess it.
    storage_name = models.CharField(max_length=100)
    thumbnail_name = models.CharField(max_length=100, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )

    objects = OfSiteQuerySet["LoadFile"].as_manager()

    class Meta:
        verbose_name = _("file of a load")
        verbose_name_plural = _("files of loads")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(open_load_id__isnull=False, record_id__isnull=True)
                | Q(open_load_id__isnull=True, record_id__isnull=False),
                name="gate_loadfile_of_one",
                violation_error_message=_("A file is of a lorry on site or of a record."),
            ),
        ]
        indexes = [models.Index(fields=["module", "record_id"], name="gate_loadfile_record")]

    def __str__(self) -> str:
        return self.name


class WeighingQuerySet(models.QuerySet["Weighing"]):
    def proposed(self, site: Site) -> Self:
        """Keep what the weighbridges of a site have just weighed, the newest first."""
        since = timezone.now() - PROPOSED_FOR
        return self.filter(weighbridge__site=site, measured_at__gte=since).order_by("-measured_at", "-id")


class Weighing(models.Model):
    """A stable weight that a weighbridge sent by itself. It is a proposal: a person enters it at the gate."""

    weighbridge = models.ForeignKey(
        Weighbridge, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("weighbridge")
    )
    # Under which the program that sent it repeats it.
    key = models.CharField(_("key"), max_length=200)
    weight_ton = TonsField(_("weight"), db_column="weight_kg", validators=WEIGHT_VALIDATORS)
    measured_at = models.DateTimeField(_("measured at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now)

    objects = WeighingQuerySet.as_manager()

    class Meta:
        verbose_name = _("weighing")
        verbose_name_plural = _("weighings")
        ordering = ("-measured_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["weighbridge", "key"],
                name="gate_weighing_key_unique",
                violation_error_message=_("This key was used for another weighing."),
            ),
        ]
        indexes = [models.Index(fields=["weighbridge", "measured_at"], name="gate_weighing_time")]

    def __str__(self) -> str:
        return f"{self.weighbridge} · {self.weight_ton}"

    @property
    def local_time(self) -> dt.datetime:
        return self.measured_at.astimezone(self.weighbridge.site.zone)
