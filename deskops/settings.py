"""Every setting of the portal. Each environment variable is read here, once, with its meaning."""

import os
import sys
import tomllib
from pathlib import Path

import django_stubs_ext
import environ
from django.db.models import FETCH_PEERS, FETCH_RAISE
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from deskops.monitoring.logging import configure_logging
from deskops.storage import PrivateConnection, storage_at

# Lets Django's generic classes be written with their type, `ModelForm[Production]`.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
# The one place that names the version is pyproject.toml.
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]

env = environ.Env()
# `make run` writes this file; what the environment itself says wins over it.
env_file = os.environ.get("ENV_FILE", str(BASE_DIR / "var" / "deskops.env"))
if Path(env_file).is_file():
    env.read_env(env_file)
# Where the SQLite database and the files of exports and imports are kept; only the portal needs to read it.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
ENV_FILE = env_file

# --- Secrets and hosts: required, so that a forgotten one stops the start.
SECRET_KEY = env.str("SECRET_KEY")
# Earlier secret keys, while sessions, links and encrypted second factors of theirs are still valid.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# What encrypts the secrets of second factors, the key of now first; without it, SECRET_KEY does.
MFA_ENCRYPTION_KEYS = env.list("MFA_ENCRYPTION_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
# Origins that may post to the portal when it is reached under another name, `https://portal.example.com`.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Reached over TLS (cookies are sent over it alone, HSTS is on). Only `make run` and the tests say no.
HTTPS = env.bool("HTTPS", default=True)
# Set by the test suite alone: plain static files, no connection pool, quick password hashes.
TESTING = env.bool("TESTING", default=False)
DEBUG = env.bool("DEBUG", default=False)

# --- Record modules: their definitions, in the order of the menu. Their packages are installed and their URLs
# included by this list alone.
RECORD_MODULES = [
    "production.module.PRODUCTION",
    "received.module.RECEIVED",
    "dispatch.module.DISPATCH",
    "equipment.module.EQUIPMENT",
    "equipment.downtime.module.DOWNTIME",
    "equipment.readings.module.READINGS",
    "manpower.module.MANPOWER",
    "inventory.module.STOCK_COUNTS",
]
# How long the file of an export can be downloaded, in hours; that it was made stays on record.
EXPORT_HOURS = env.int("EXPORT_HOURS", default=24)
# How long a file that was brought to be imported is kept, in days; what was imported stays on record.
IMPORT_DAYS = env.int("IMPORT_DAYS", default=30)
# Routers that apps above the API add to it, by their prefix.
API_ROUTERS = {
    "/alerts": "alerts.api.router",
    "/exports": "exports.api.router",
    "/transfers": "transfers.api.router",
    "/weighings": "gate.api.router",
}
# What a list may fetch row by row: nothing while tested; in production, together rather than not at all.
LIST_FETCH_MODE = FETCH_RAISE if TESTING else FETCH_PEERS
# What the files that leave the portal carry: the company's name, and the path of its logo (PNG or SVG).
COMPANY_NAME = env.str("COMPANY_NAME", default="DeskOps")
COMPANY_LOGO = env.str("COMPANY_LOGO", default="")
# How long the response to a submission key or Idempotency-Key is kept, in days.
SUBMISSION_KEEP_DAYS = env.int("SUBMISSION_KEEP_DAYS", default=30)
# Tables of figures that pages offer as files: the source of each (`records/reports.py`) by its name.
EXPORT_REPORTS = {
    "analysis": "analysis.reports.ANALYSIS",
    "mass-balance": "dashboard.statements.mass_balance.MASS_BALANCE",
    "recall": "dashboard.statements.recall.RECALL",
    "recovery": "dashboard.statements.recovery.RECOVERY",
}
# One runner for each kind of background job (`core.jobs`).
JOB_RUNNERS = [
    "exports.worker.ExportRunner",
    "imports.worker.ImportRunner",
    "alerts.webhooks.DeliveryRunner",
    "alerts.emails.EmailRunner",
]
# What `manage.py tick` does each minute: functions without arguments, safe on several machines at once.
DUE_WORK = [
    "alerts.evaluation.evaluate",
    "alerts.emails.queue_due",
    "dashboard.closing.reminders.remind",
    "records.operations.single.forget_old_answers",
    "core.jobs.runner.do_housekeeping",
    "sites.accounts.sessions.end_expired_sessions",
    "sites.accounts.security.delete_old_events",
    "sites.accounts.privacy.delete_old_traces",
    "exports.actions.forget_addresses",
    "sites.accounts.encryption.encrypt_factors_nightly",
    "imports.watch.look",
    "equipment.readings.telematics.fetch_due",
    "deskops.backups.back_up_daily",
]
# Functions of a site and a date that return why the day cannot be submitted; empty where it can.
DAY_BLOCKERS = ["gate.actions.unexplained_loads"]
# Functions of dispatched loads that are complete now, called in the transaction that stores them.
COMPLETED_DISPATCHES = ["gate.notes.number_notes"]
# An admin must have a second factor before the portal lets them in.
REQUIRE_ADMIN_MFA = env.bool("REQUIRE_ADMIN_MFA", default=HTTPS)
# Everybody must.
REQUIRE_EVERYONE_MFA = env.bool("REQUIRE_EVERYONE_MFA", default=False)
# How long network addresses and browsers are kept with sessions and downloads, in days.
ADDRESS_DAYS = env.int("ADDRESS_DAYS", default=90)
# How long security events and the administration's log are kept, in days.
SECURITY_EVENT_DAYS = env.int("SECURITY_EVENT_DAYS", default=365)
# Requests of one token or session that the API answers in a minute.
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=300)
# Seconds without a sign of life after which /healthz calls the worker missing.
WORKER_SILENCE_SECONDS = 180

# --- Logs and error reports; neither holds personal data or secrets (see deskops/monitoring/logging.py).
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = None
configure_logging(readable=DEBUG or sys.stderr.isatty(), level=LOG_LEVEL)
# Where to send errors that nobody caught; empty sends nothing.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    # Imported only here: it would add a tenth of a second to the start of every process.
    from deskops.monitoring.errors import report_errors

    report_errors(SENTRY_DSN, environment=env.str("SENTRY_ENVIRONMENT", default="production"))

# What Prometheus must send to read /metrics (`Authorization: Bearer …`); empty has no such address.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Who collects OpenTelemetry traces, `http://collector:4318`; empty traces nothing.
TRACES_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

# --- Requests to addresses that people typed. Their hosts, `hooks.example.com,.example.org` (a dot takes all
# names of a domain); empty takes every public one.
OUTGOING_HOSTS = env.list("OUTGOING_HOSTS", default=[])
# Networks inside of which such a host may be, besides the public
# ones: `10.1.0.0/16,192.168.7.5/32`; there it may do without TLS.
OUTGOING_PRIVATE_NETWORKS = env.list("OUTGOING_PRIVATE_NETWORKS", default=[])

# --- Serving: what `manage.py serve` starts.
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
# Processes of the web server, and requests that each answers at once: of ten, two are left to others when one
# person sends many (`FairShareMiddleware`).
WEB_WORKERS = env.int("WEB_WORKERS", default=min(os.cpu_count() or 1, 4))
WEB_THREADS = env.int("WEB_THREADS", default=10)
# The password of the demo's accounts; one is made up where this is empty.
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

INSTALLED_APPS = [
    "sites.apps.SitesConfig",
    "parties.apps.PartiesConfig",
    "records.apps.RecordsConfig",
    *(definition.rsplit(".", 2)[0] for definition in RECORD_MODULES),
    "analysis.apps.AnalysisConfig",
    "gate.apps.GateConfig",
    "exports.apps.ExportsConfig",
    "imports.apps.ImportsConfig",
    "api.apps.ApiConfig",
    "alerts.apps.AlertsConfig",
    "deskops.apps.DeskopsConfig",
    "sites.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_tasks_db",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before any middleware that queries the database for the user, so that a failure is returned as JSON too.
    "api.auth.ApiMiddleware",
    "deskops.web.middleware.RequestLogMiddleware",
    # Before any middleware that uses the database: who waits for their own requests holds no connection.
    "deskops.web.middleware.FairShareMiddleware",
    "deskops.web.middleware.BusyMiddleware",
    "deskops.web.middleware.BodyLimitMiddleware",
    "deskops.web.middleware.CompressionMiddleware",
    "deskops.web.middleware.ConditionalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "deskops.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "sites.accounts.sessions.PrivatePagesMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sites.accounts.sign_in.SignInRequiredMiddleware",
    "deskops.web.middleware.MessagesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sites.accounts.sign_in.RequiredFactorMiddleware",
    "sites.accounts.sign_in.InterruptedFormsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "deskops.web.middleware.ResponseHeadersMiddleware",
]

ROOT_URLCONF = "deskops.urls"
WSGI_APPLICATION = "deskops.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "deskops.web.shell.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "deskops.templatetags.components",
                "records.templatetags.figures",
                "records.templatetags.records",
            ],
        },
    },
]
# Form fields are drawn by our own templates/django/forms/field.html.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database: embedded SQLite by default, PostgreSQL (15 or newer) in production.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'deskops.sqlite3'}")}
# Connections that each process keeps open to PostgreSQL; 0 opens one per request.
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=0 if TESTING else 10)
# Seconds that a statement waits for a lock or a connection. deskops/wsgi.py sets it for the web server, whose
# users get "busy, try again" then; jobs and commands wait as long as it takes (0).
DATABASE_WAIT_SECONDS = env.int("DATABASE_WAIT_SECONDS", default=0)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # See docs/decisions/0011-persistent-sqlite-connections.md.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue at BEGIN instead of failing half-way; see docs/decisions.
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_WAIT_SECONDS or 20,
        "factory": PrivateConnection,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;"
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
        ),
    }
    # On disk, since threads of a concurrency test need a database that they share.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # A connection that the server has closed is replaced before it is used.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that does not answer is noticed; a transaction that does nothing gives its locks back.
    _limits = {"idle_in_transaction_session_timeout": 600}
    if DATABASE_WAIT_SECONDS:
        _limits = {
            "lock_timeout": DATABASE_WAIT_SECONDS,
            "statement_timeout": 30,
            "idle_in_transaction_session_timeout": 60,
        }
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options |= {"connect_timeout": 4, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    _options["options"] = " ".join(f"-c {name}={seconds}s" for name, seconds in _limits.items())
    if DATABASE_POOL_SIZE:
        from core.db.pool import check_connection

        _options["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": DATABASE_WAIT_SECONDS or 10,
            "check": check_connection,
        }
SILENCED_SYSTEM_CHECKS = [
    # Covering columns of an index are for PostgreSQL; SQLite does without them.
    "models.W040",
    # Replaced by those of deskops/checks.py, which name our variables.
    *("security.W004", "security.W005", "security.W008", "security.W009", "security.W012", "security.W016"),
    *("security.W018", "security.W020", "security.W021", "mail.E001"),
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Shared cache: limits and signs of life only, never figures.
# Past so many entries the table is thinned out, live limits included; Django's own 300 is soon reached.
_database_cache = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "deskops_cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
CACHES = {"default": _database_cache | env.cache_url("CACHE_URL", default="dbcache://deskops_cache")}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"] |= {
        "BACKEND": "core.cache.RedisOrDatabaseCache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    CACHES["fallback"] = _database_cache
# The parts of pages that are the same for many requests ({% cache %}): in the process that renders them.
CACHES["template_fragments"] = {
    "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
    "LOCATION": "template_fragments",
    "OPTIONS": {"MAX_ENTRIES": 1000},
}
# What sites usually enter on their day sheets, until they enter something else: in the process as well.
CACHES["usual_entries"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "usual_entries",
    "TIMEOUT": 3600,
    "OPTIONS": {"MAX_ENTRIES": 1000},
}

# --- Background jobs.
TASKS_BACKEND = env.str("TASKS_BACKEND", default="django_tasks_db.DatabaseBackend")
TASKS = {"default": {"BACKEND": TASKS_BACKEND}}
# Whether Redis queues the jobs, with the package django-tasks-rq, which is not one of ours.
TASKS_ON_REDIS = TASKS_BACKEND == "django_tasks_rq.RQBackend"
if TASKS_ON_REDIS:
    INSTALLED_APPS.append("django_rq")
    # Where the queue is: that of the cache by default. A job lasts as long as it takes.
    RQ_QUEUES = {
        "default": {
            "URL": env.str("TASKS_URL", default=env.str("CACHE_URL", default="")),
            "DEFAULT_TIMEOUT": -1,
        }
    }

# --- People and sign-in.
AUTH_USER_MODEL = "sites.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
if TESTING:
    # Slow on purpose is right for a stolen database, not for a suite that makes a thousand people.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "sites.accounts.passwords.GuessablePasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "sites.accounts.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    # Wrong passwords and wrong codes: per address they come from, and per account they are tried on.
    "login_failed": "10/m/ip,5/5m/key",
    "login": "30/m/ip",
    "reset_password": "20/m/ip,5/m/key",
}
ACCOUNT_FORMS = {
    "login": "sites.accounts.forms.LoginForm",
    "add_email": "sites.accounts.forms.AddEmailForm",
    "change_password": "sites.accounts.forms.ChangePasswordForm",
    "set_password": "sites.accounts.forms.SetPasswordForm",
    "reset_password": "sites.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "sites.accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "sites.accounts.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "sites.accounts.forms.FactorForm",
    "reauthenticate": "sites.accounts.forms.FactorAgainForm",
    "activate_totp": "sites.accounts.forms.ActivateAppForm",
    "add_webauthn": "sites.accounts.forms.AddPasskeyForm",
}
MFA_ADAPTER = "sites.accounts.sign_in.SecondFactorAdapter"
USERSESSIONS_ADAPTER = "sites.accounts.sessions.SessionsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "DeskOps"
# Periods of 30 seconds by which the clock of a telephone may be off, either way.
MFA_TOTP_TOLERANCE = env.int("TOTP_TOLERANCE", default=1)
# --- Sign-in with the company's own accounts, by OpenID Connect; empty offers none (see docs/accounts.md).
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
# What the button on the sign-in page says.
OIDC_NAME = env.str("OIDC_NAME", default="Single sign-on")
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "company",
                    "name": OIDC_NAME,
                    "client_id": env.str("OIDC_CLIENT_ID"),
                    "secret": env.str("OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": OIDC_SERVER_URL},
                }
            ],
        }
    }
SOCIALACCOUNT_ADAPTER = "sites.accounts.company.CompanyAccountAdapter"
# The verified e-mail address finds the person the first time.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
# A browser itself allows passkeys without TLS on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# Browsers take a cookie of that prefix from this host alone, over TLS: no neighbouring host can set one.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_ENGINE = "sites.accounts.sessions"
# Days after a sign-in at which the session ends, used or not; the second for admins.
SESSION_DAYS = env.int("SESSION_DAYS", default=14)
ADMIN_SESSION_DAYS = env.int("ADMIN_SESSION_DAYS", default=1)
SESSION_COOKIE_AGE = 60 * 60 * 24 * SESSION_DAYS
# Minutes after which a session that nobody uses ends, three days; 0 sets no such limit.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60 * 24 * 3)
# The same where the person has said that the computer is shared.
SHARED_IDLE_MINUTES = env.int("SHARED_IDLE_MINUTES", default=30)
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "deskops.web.middleware.MessageStorage"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "deskops.web.error_pages.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Where people reach the portal: what the links in e-mails begin with, whatever host a request names.
_names = [name.lstrip(".") for name in ALLOWED_HOSTS if name != "*"]
# A release is installed with those of the machine itself, which others may have been added to.
_others = [name for name in _names if name not in {"localhost", "127.0.0.1", "[::1]"}]
_host = next(iter(_others or _names), "localhost")
PORTAL_URL = env.str("PORTAL_URL", default=f"https://{_host}" if HTTPS else f"http://{_host}:{PORT}").rstrip(
    "/"
)
# Behind a proxy that ends TLS, its headers are believed: that it did, and where a request came from.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    # The second factor's QR code comes as a data: image.
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# What no page may use, nor a script that got into one. Passkeys and the clipboard stay as browsers have them.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *(
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "display-capture",
            "fullscreen",
        ),
        *(
            "geolocation",
            "gyroscope",
            "hid",
            "idle-detection",
            "local-fonts",
            "magnetometer",
            "microphone",
            "midi",
        ),
        *("payment", "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)
# Health checks and Prometheus come from inside, past the proxy that ends TLS. The API answers with an error.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|livez|metrics)$", r"^api(/|$)"]
# A whole body, files included; a body without its files; its number of fields and files.
MAX_BODY_BYTES = 51 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 30
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Mail: printed to the log where no server is named.
_email = env.email_url("EMAIL_URL", default="consolemail://")
_email_options = {
    "host": _email["EMAIL_HOST"],
    "port": _email["EMAIL_PORT"],
    "username": _email["EMAIL_HOST_USER"],
    "password": _email["EMAIL_HOST_PASSWORD"],
    "use_tls": _email.get("EMAIL_USE_TLS", False),
    "use_ssl": _email.get("EMAIL_USE_SSL", False),
    "timeout": 20,
}
MAILERS = {
    "default": {
        "BACKEND": _email["EMAIL_BACKEND"],
        "OPTIONS": _email_options if _email["EMAIL_HOST"] else {},
    }
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="DeskOps <deskops@localhost>")

# --- Language and time. Every site has a zone of its own; the portal itself thinks in UTC.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["deskops.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Static files.
STATIC_URL = "static/"
# A release brings its files collected; elsewhere `make run` or `collectstatic` collects them.
_released_static = BASE_DIR / "staticfiles"
STATIC_ROOT = _released_static if _released_static.is_dir() else VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where the files of exports are kept: empty for var/exports, or s3://bucket/prefix (see docs/exports.md).
STORAGE_URL = env.str("STORAGE_URL", default="")
# Where files arrive that are imported without being uploaded (see docs/import.md, “Watched places”).
WATCH_DIR = Path(env.str("WATCH_DIR", default=str(VAR_DIR / "watched")))
WATCH_BUCKET_URL = env.str("WATCH_BUCKET_URL", default="")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "deskops.storage.StaticStorage"
    },
    # No address leads here: the portal itself hands these files out.
    "exports": storage_at(STORAGE_URL, folder=VAR_DIR / "exports"),
    "imports": storage_at(STORAGE_URL, folder=VAR_DIR / "imports"),
    "loads": storage_at(STORAGE_URL, folder=VAR_DIR / "loads"),
    "watched_folder": storage_at("", folder=WATCH_DIR),
    "watched_bucket": storage_at(WATCH_BUCKET_URL, folder=WATCH_DIR),
}
# The passwords of watched mailboxes: WATCH_PASSWORD_NAME is that of the place whose password is NAME.
WATCH_PASSWORDS = {
    name.removeprefix("WATCH_PASSWORD_"): value
    for name, value in os.environ.items()
    if name.startswith("WATCH_PASSWORD_")
}
# The mail servers, by commas, to which those passwords may be sent: a watched mailbox is on one of them.
WATCH_MAIL_SERVERS = env.list("WATCH_MAIL_SERVERS", default=[])
# The name with which the own mail server writes Authentication-Results: only messages that it found to come
# from the domain of their sender are taken from watched mailboxes. Empty: senders are not checked.
WATCH_AUTHSERV_ID = env.str("WATCH_AUTHSERV_ID", default="")
MEDIA_ROOT = VAR_DIR / "files"

# --- Backups: a folder for one each day, made by one of the workers; empty makes none.
BACKUP_DIR = env.str("BACKUP_DIR", default="")
# How long they are kept, in days.
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=14)
# The hour at which they are due, in UTC.
BACKUP_HOUR = env.int("BACKUP_HOUR", default=1)
# A file with the key that encrypts them; empty leaves them unencrypted.
BACKUP_KEY_FILE = env.str("BACKUP_KEY_FILE", default="")

SIMPLE_HISTORY_DATE_INDEX = False
