"""The environment of the tests, set before the settings are read (`-p tests.environment`)."""

import os

# What a developer's own var/deskops.env says must not decide whether a test passes.
os.environ["ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "a key for tests that protects nothing and is long enough for Django"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["HTTPS"] = "false"
os.environ["TESTING"] = "true"
os.environ.setdefault("DATABASE_URL", "sqlite:///var/test.sqlite3")
