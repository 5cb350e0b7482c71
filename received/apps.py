from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceivedConfig(AppConfig):
    name = "received"
    verbose_name = _("Received material")
