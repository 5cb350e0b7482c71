"""Analyses that people saved under a name."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from sites.models import Site, User

LONGEST_QUERY = 2000


class SavedAnalysisQuerySet(models.QuerySet["SavedAnalysis"]):
    def for_user(self, user: User) -> Self:
        """Filter by the user's own, and by those shared with a site that the user may see."""
        return self.filter(Q(owner=user) | Q(shared_with__in=Site.objects.for_user(user)))

    def with_pinned(self, user: User) -> Self:
        """Annotate `is_pinned`: whether the user has put it on their dashboard."""
        mine = SavedAnalysis.pinned_by.through.objects.filter(savedanalysis=OuterRef("pk"), user=user)
        return self.annotate(is_pinned=Exists(mine))


class SavedAnalysis(models.Model):
    """The address of an analysis under a name, shared with a site or not."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=80)
    # The query of the page.
    query = models.CharField(_("query"), max_length=LONGEST_QUERY)
    shared_with = models.ForeignKey(
        Site, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("shared with")
    )

    # Those whose dashboard shows it.
    pinned_by = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("on the dashboard of")
    )

    objects = SavedAnalysisQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved analysis")
        verbose_name_plural = _("saved analyses")
        ordering: ClassVar = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="analysis_saved_name_unique",
                violation_error_message=_("You have saved an analysis under this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
