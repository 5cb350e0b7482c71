from django.apps import AppConfig


class ToyConfig(AppConfig):
    name = "tests.records.toy"
    label = "toy"
