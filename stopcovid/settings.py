"""All settings, read from the environment; one file, as decided, hence its length.

Production is the default and refuses to be weak.
"""

import os
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("STOPCOVID_VAR", BASE_DIR / ".var"))

env = environ.Env()
if "DATABASE_URL" not in os.environ:
    # The laptop's supervisor leaves the addresses of its servers here for a second terminal.
    env.read_env(VAR / "stack.env")

DEMO = env.bool("DEMO", False)  # demo accounts on the sign-in page, mail catcher, exercise rules
TESTING = env.bool("TESTING", False)
DEBUG = env.bool("DEBUG", False)
LAPTOP = DEMO or TESTING
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if LAPTOP else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])


def _refuse_weakness() -> None:
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY must be set to at least 50 random characters, for example from: "
            "python -c 'import secrets; print(secrets.token_urlsafe(60))'"
        )
    if DEBUG and not LAPTOP:
        raise ImproperlyConfigured("DEBUG=1 is for a laptop: set DEMO=1 as well, or unset DEBUG.")
    if not LAPTOP and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must list this site's host names, without a wildcard: "
            "ALLOWED_HOSTS=stopcovid.example.org"
        )


_refuse_weakness()

INSTALLED_APPS = [
    "django_linear_migrations",
    "accounts",
    "journal",
    "suppliers",
    "buyers",
    "catalog",
    "orders",
    "stopcovid.apps.StopcovidConfig",
    "stopcovid.apps.MinistryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_bootstrap5",
    "js_lib_bootstrap5",
    "lucide",
    "rest_framework",
    "django_filters",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]
try:
    import django_linear_migrations  # noqa: F401  a tool for developers, absent from the image
except ImportError:
    INSTALLED_APPS.remove("django_linear_migrations")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stopcovid.middleware.KeepInterruptedForms",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "stopcovid.middleware.SecondFactorForMinistry",
    "stopcovid.middleware.ActiveOrganisation",
    "stopcovid.middleware.ShowDomainErrors",
]

ROOT_URLCONF = "stopcovid.urls"
WSGI_APPLICATION = "stopcovid.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stopcovid.context.site",
            ],
            "builtins": ["stopcovid.templatetags.components"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- data -----------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db("DATABASE_URL", default="postgresql://stopcovid@127.0.0.1:5432/stopcovid"),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": f"-c lock_timeout={env.int('LOCK_TIMEOUT_MS', 5000)}"
            f" -c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', 30000)}"
            " -c idle_in_transaction_session_timeout=60000"
            # rows lie in memory or on flash: reading one here and there costs hardly more
            " -c random_page_cost=1.1"
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env("CACHE_URL", default=f"{REDIS_URL}/2"),
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR / "media")))
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_IMPORT_BYTES = 32 * 1024 * 1024
MAX_IMPORT_ROWS = 250_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR / "static")))
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": _STATIC
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = TESTING or DEBUG

# --- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", **options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"OPTIONS": {"min_length": 12}}),
        ("CommonPasswordValidator", {}),
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "orders:day"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetails"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if LAPTOP else "https"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "StopCOVID19"
MFA_TOTP_TOLERANCE = 1 if DEMO else 0  # a code works once: the demo needs several a minute
SESSION_COOKIE_AGE = 10 * 3600
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"

# --- the wire -------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", not LAPTOP)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", False):  # only where the proxy overwrites X-Forwarded-Proto
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

# --- language -------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- mail -----------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://127.0.0.1:2525")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="StopCOVID19 <ne-pas-repondre@localhost>")
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
MAIL_CATCHER_DIR = env("MAIL_CATCHER_DIR", default="")

# --- background work ------------------------------------------------------------------------
CELERY_BROKER_URL = env("BROKER_URL", default=f"{REDIS_URL}/0")
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# No task may outlive the visibility timeout, or Redis hands it to a second worker.
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}
STOCK_ASK_AFTER_DAYS = env.int("STOCK_ASK_AFTER_DAYS", 14)
STOCK_STALE_AFTER_DAYS = env.int("STOCK_STALE_AFTER_DAYS", 21)
ROUND_EVERY_SECONDS = env.int("ROUND_EVERY_SECONDS", 60 if DEMO else 900)
ROUND_LEASE_SECONDS = env.int("ROUND_LEASE_SECONDS", 20)
ROUND_SECOND_PERSON_UNITS = env.int("ROUND_SECOND_PERSON_UNITS", 1_000_000)
IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", 30)
IMPORT_PREVIEW_DAYS = env.int("IMPORT_PREVIEW_DAYS", 14)
IMPORT_ROWS_KEPT_DAYS = env.int("IMPORT_ROWS_KEPT_DAYS", 90)
ACCEPTANCE_HOURS = env.int("ACCEPTANCE_HOURS", 24)
CELERY_BEAT_SCHEDULE = {
    "deliver what happened": {"task": "journal.tasks.deliver_pending", "schedule": 2.0},
    "seal the journal": {"task": "journal.tasks.seal", "schedule": 10.0},
    "judge offers that were touched": {"task": "catalog.tasks.judge_offers", "schedule": 1.0},
    "begin and end days of sale": {"task": "catalog.tasks.turn_days_of_sale", "schedule": 60.0},
    "put prices to come into force": {"task": "catalog.tasks.apply_due_prices", "schedule": 10.0},
    "look after saved searches": {
        "task": "catalog.tasks.look_after_searches",
        "schedule": 20.0,
    },
    "watch the stock": {"task": "catalog.tasks.watch_stock", "schedule": 30.0},
    "ask to confirm old stock": {"task": "catalog.tasks.ask_to_confirm", "schedule": 600.0},
    "look at the law": {"task": "catalog.tasks.look_at_the_law", "schedule": 60.0},
    "look ahead at prices": {"task": "catalog.tasks.look_ahead_at_prices", "schedule": 60.0},
    "continue interrupted imports": {"task": "catalog.tasks.resume_imports", "schedule": 10.0},
    "forget the rows of old imports": {
        "task": "catalog.tasks.prune_imports",
        "schedule": crontab(hour=3, minute=45),
    },
    "run the allocation round": {
        "task": "orders.tasks.run_due_round",
        "schedule": float(ROUND_EVERY_SECONDS),
    },
    "continue interrupted rounds": {"task": "orders.tasks.resume_rounds", "schedule": 10.0},
    "expire unanswered orders": {"task": "orders.tasks.expire_unanswered", "schedule": 60.0},
    "audit the stock ledger": {
        "task": "catalog.tasks.audit_stock",
        "schedule": crontab(hour=3, minute=30),
    },
    "take lots past their date off sale": {
        "task": "orders.tasks.expire_lots",
        "schedule": crontab(hour=0, minute=5),
    },
}

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "stopcovid.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "stopcovid.api_schema.Schema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env("API_RATE", default="1200/min")},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_HANDLER_CLASS": "stopcovid.api.ExceptionHandler"}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "StopCOVID19 API",
    "VERSION": "1",
    "DESCRIPTION": "The marketplace for integrators: every feature of the pages, by token.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrganisationStatus": "accounts.organisations.OrganisationStatus.choices",
        "CertificateStatus": "suppliers.enums.ProofStatus.choices",
        "OfferStatus": "catalog.enums.OfferStatus.choices",
        "ScheduleStatus": "catalog.enums.ScheduleStatus.choices",
        "SheetFileKind": "catalog.enums.SheetFileKind.choices",
        "SheetStatus": "catalog.enums.SheetStatus.choices",
        "ImportStatus": "catalog.enums.ImportStatus.choices",
        "ImportKind": "catalog.enums.ImportKind.choices",
        "OrderStatus": "orders.enums.OrderStatus.choices",
        "SupplierOrderStatus": "orders.enums.SupplierOrderStatus.choices",
        "RoundStatus": "orders.enums.RoundStatus.choices",
        "BuyerKind": "buyers.enums.BuyerKind.choices",
        "DocumentKind": "suppliers.enums.DocumentKind.choices",
        "HazardClass": "catalog.enums.HazardClass.choices",
        "PackingGroup": "catalog.enums.PackingGroup.choices",
        "ProductKind": "catalog.enums.ProductKind.choices",
        "Standard": "suppliers.enums.Standard.choices",
        "CertifiedStandard": "suppliers.enums.CERTIFIED_STANDARDS",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
