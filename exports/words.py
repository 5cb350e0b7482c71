"""What files say in words, whatever their format."""

from django.utils.translation import gettext_lazy as _

NOTHING_FOUND = _("Nothing was found for these sites, dates and filters.")
