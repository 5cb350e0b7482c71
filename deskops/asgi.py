"""The portal as an ASGI application, for hosts that ask for one; production serves WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskops.settings")
os.environ.setdefault("DATABASE_WAIT_SECONDS", "4")

application = get_asgi_application()
