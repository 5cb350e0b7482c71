"""Below how many tons a material is low at a site: what managers set, and pages mark."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.db.fields import LEAST_TONS, MOST_TONS, TonsField
from sites.managing import lock_as_manager
from sites.models import Material, Site, User

LOW_RANGE = _("The low mark must be more than 0 and at most 999,999.999 tons.")


class StockThreshold(models.Model):
    """The low mark of a material at a site."""

    # A mark is nothing of its own: it keeps neither its site nor its material from being deleted.
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("site")
    )
    material = models.ForeignKey(
        Material, on_delete=models.CASCADE, related_name="+", verbose_name=_("material")
    )
    low_ton = TonsField(
        _("low below, tons"),
        db_column="low_kg",
        validators=[
            MinValueValidator(LEAST_TONS, message=LOW_RANGE),
            MaxValueValidator(MOST_TONS, message=LOW_RANGE),
        ],
    )

    history = HistoricalRecords(no_db_index=["site", "material"])

    class Meta:
        verbose_name = _("stock threshold")
        verbose_name_plural = _("stock thresholds")
        ordering = ("site", "material")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "material"],
                name="inventory_stockthreshold_unique",
                violation_error_message=_(
                    "This material has a low mark at this site already: edit that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(low_ton__gte=LEAST_TONS, low_ton__lte=MOST_TONS),
                name="inventory_stockthreshold_range",
                violation_error_message=LOW_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site.code} · {self.material.name}"


@transaction.atomic
def set_threshold(*, site: Site, material: Material, low_ton: Decimal | None, by: User) -> None:
    """Set below how many tons a material is low at a site; None takes the mark away.

    Raises Site.DoesNotExist for a site that is not the person's, PermissionDenied below manager.
    """
    lock_as_manager(site.pk, by=by)
    threshold = StockThreshold.objects.filter(site=site, material=material).first()
    if threshold is None:
        threshold = StockThreshold(site=site, material=material)
    threshold._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    if low_ton is not None and threshold.low_ton != low_ton:
        threshold.low_ton = low_ton
        threshold.save()
    elif low_ton is None and threshold.pk is not None:
        threshold.delete()
