"""The environment of the tests, set before the settings are read (`-p tests.environment`)."""

import os
from pathlib import Path

# The tests keep their databases here, and static files are looked for; a fresh clone has neither folder.
VAR_DIR = Path(__file__).resolve().parent.parent / "var"
(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)

# What a developer's own var/deskops.env says must not decide whether a test passes.
os.environ["ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "a key for tests that protects nothing and is long enough for Django"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["HTTPS"] = "false"
os.environ["TESTING"] = "true"
os.environ.setdefault("DATABASE_URL", f"sqlite:///{VAR_DIR / 'test.sqlite3'}")
for name in (
    "BACKUP_DIR",
    "BACKUP_KEY_FILE",
    "CACHE_URL",
    "COMPANY_LOGO",
    "COMPANY_NAME",
    "DEBUG",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "OIDC_SERVER_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "STORAGE_URL",
    "REQUIRE_ADMIN_MFA",
    "SENTRY_DSN",
    "TASKS_BACKEND",
    "VAR_DIR",
):
    os.environ.pop(name, None)
