"""The portal as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from deskops.chunks import with_lengths

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskops.settings")
os.environ.setdefault("DATABASE_WAIT_SECONDS", "4")

application = with_lengths(get_wsgi_application())
