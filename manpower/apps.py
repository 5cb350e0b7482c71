from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ManpowerConfig(AppConfig):
    name = "manpower"
    verbose_name = _("Manpower")
