"""Programs that measure speed. Each is started by itself or by `python -m bench`."""

import os

# The settings of every program; the database is that of DATABASE_URL.
ENVIRONMENT = {
    "ENV_FILE": os.devnull,
    "DJANGO_SETTINGS_MODULE": "deskops.settings",
    "SECRET_KEY": "a key for measuring that protects nothing and is long enough",
    "ALLOWED_HOSTS": "testserver",
    "HTTPS": "false",
    # Static files as they lie in the folder, and no pool of connections.
    "TESTING": "true",
    "LOG_LEVEL": "WARNING",
}
