from django.apps import AppConfig


class DeskopsConfig(AppConfig):
    name = "deskops"
    verbose_name = "DeskOps"
