"""The portal's addresses, and the toy's."""

from django.urls import include, path

from deskops.urls import handler400, handler403, handler404, handler500
from deskops.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("toy/", include("tests.records.toy.urls")), *portal]
