"""Every setting of the camp, read from the environment in this one file.

The names beginning with CAMP_, DATABASE_URL and REDIS_URL are described in docs/operations.md.
camp/checks.py looks at the result before anything starts.
"""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext_lazy as _

from camp.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _whole_number(name: str, default: int, lowest: int, highest: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {lowest} to {highest}; it is {text!r}."
        )
    return int(text)


def _one_of(name: str, *choices: str) -> str:
    value = os.environ.get(name, "").strip() or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}; it is {value!r}.")
    return value


def _yes_or_no(name: str, *, default: bool) -> bool:
    return _one_of(name, "1" if default else "0", "0", "1", "true", "false", "yes", "no") in (
        "1",
        "true",
        "yes",
    )


# --- Where and how it runs ---------------------------------------------------------------------------

CAMP_ENV = _one_of("CAMP_ENV", "local", "production")
CAMP_LOG_FORMAT = _one_of("CAMP_LOG_FORMAT", "text", "json")
CAMP_HOST = os.environ.get("CAMP_HOST", "").strip() or "127.0.0.1"
CAMP_PORT = _whole_number("CAMP_PORT", 8000, 1, 65535)
CAMP_DATA_DIR = Path(os.environ.get("CAMP_DATA_DIR", "").strip() or BASE_DIR / "var").resolve()
CAMP_RUN_DIR = CAMP_DATA_DIR / "run"
PRODUCTION = CAMP_ENV == "production"
DEBUG = _yes_or_no("CAMP_DEBUG", default=False)


try:
    # WhiteNoise warns of a missing static folder at every start.
    (CAMP_DATA_DIR / "static").mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(f"CAMP_DATA_DIR={CAMP_DATA_DIR} cannot be made: {error}") from error


def _default_workers() -> int:
    """One process a core up to four, each with 1 GiB of its own to load TensorFlow into."""
    cores = os.cpu_count() or 1
    try:
        memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        memory_gib = 4.0
    return max(1, min(cores, 4, int(memory_gib) - 1))


CAMP_WORKERS = _whole_number("CAMP_WORKERS", _default_workers(), 1, 256)


def _secret_key() -> str:
    given = os.environ.get("CAMP_SECRET_KEY", "")
    if given:
        return given
    if PRODUCTION:
        raise ImproperlyConfigured("CAMP_SECRET_KEY is not set. Give 50 or more random characters.")
    path = CAMP_DATA_DIR / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass  # made at an earlier start, which is what we want
    except OSError as error:
        raise ImproperlyConfigured(f"CAMP_DATA_DIR={CAMP_DATA_DIR} cannot be written: {error}") from error
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("CAMP_ALLOWED_HOSTS", default=[])
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "CAMP_ALLOWED_HOSTS is not set, or is *. Name the hosts that browsers will use, separated by commas."
    )
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]", CAMP_HOST]


def _public_url() -> str:
    url = os.environ.get("CAMP_PUBLIC_URL", "").strip().removesuffix("/")
    if not url:
        return ""
    schemes = "https" if PRODUCTION else "https?"
    if not re.fullmatch(rf"{schemes}://([\w.-]+|\[[\da-f:]+\])(:\d{{1,5}})?", url, re.IGNORECASE | re.ASCII):
        raise ImproperlyConfigured(f"CAMP_PUBLIC_URL must be like https://camp.example.org; it is {url!r}.")
    if not validate_host(split_domain_port(url.partition("://")[2])[0], ALLOWED_HOSTS):
        raise ImproperlyConfigured(f"CAMP_PUBLIC_URL={url} has a host that CAMP_ALLOWED_HOSTS does not name.")
    return url


PUBLIC_URL = _public_url()  # where links in mail lead; unset: to wherever the request came

# --- Django ------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "camp",
    "camp.accounts",
    "camp.courses",
    "camp.lab",
    "camp.quizzes",
    "camp.mastery",
    "camp.search",
    "camp.mistakes",
    "camp.gain",
    "camp.progress",
    "camp.certificates",
    "camp.api",
    "camp.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "knox",
    "rest_framework",
]
# The four of which Django's checks of a production ask by name stand here as they are: those of HSTS, cookies and frames
# find nothing to check behind another name. The rest of what only reads headers runs without a thread, by camp.light.
MIDDLEWARE = [
    "camp.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "camp.light.ContentSecurityPolicy",
    "camp.compression.Compressed",
    "camp.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "camp.middleware.PreferredLanguage",
    "camp.light.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "camp.light.Authentication",
    "camp.middleware.RefusedAtTheEdge",  # after who is signed in is known, before anybody looks into the body
    "camp.accounts.middleware.Guests",
    "camp.accounts.middleware.TimeZones",
    "camp.progress.here.Moments",
    "camp.light.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "camp.middleware.UnavailableParts",
]
ROOT_URLCONF = "camp.urls"
ASGI_APPLICATION = "camp.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "camp.appearance.theme",
                "camp.progress.here.here",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Data --------------------------------------------------------------------------------------------

# A request's thread lives as long as the request, so a connection kept by its thread would never be used again.
_IS_WEB = os.environ.get("CAMP_PROCESS") == "web"
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        _options = DATABASES["default"].setdefault("OPTIONS", {})
        _options.setdefault(
            "application_name", "attention-training-camp"
        )  # by which `restore` knows its like
        if _IS_WEB:
            _options["pool"] = {"min_size": 1, "max_size": 20, "timeout": 10}
else:
    DATABASES = {
        "default": {
            "ENGINE": "camp.sqlite_pool" if _IS_WEB else "django.db.backends.sqlite3",
            "NAME": CAMP_DATA_DIR / "camp.sqlite3",
            "TEST": {"NAME": CAMP_DATA_DIR / "test.sqlite3"},  # a file, so that tests lock as the camp does
            "OPTIONS": {
                # IMMEDIATE: two writers wait for each other instead of failing with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
        }
    }
MEDIA_ROOT = CAMP_DATA_DIR / "media"

CAMP_EMBEDDED_REDIS = not os.environ.get("REDIS_URL")
CAMP_REDIS_SOCKET = CAMP_RUN_DIR / "redis.sock"
if CAMP_EMBEDDED_REDIS:
    # A socket's path may be 107 bytes long; the supervisor then makes redis.sock a link into a short folder.
    _socket = os.path.realpath(CAMP_REDIS_SOCKET)
    REDIS_URL = f"unix://{_socket}"
    CELERY_BROKER_URL = f"redis+socket://{_socket}"
else:
    REDIS_URL = os.environ["REDIS_URL"]
    if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)  # Celery's name for a socket
REDIS_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "camp",
        "OPTIONS": REDIS_OPTIONS,
    }
}

# --- Jobs --------------------------------------------------------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND_THREAD_SAFE = True  # there is none, and each request's thread need not make it anew
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_DB_REUSE_MAX = 10_000  # tasks; the connection is looked after in camp/lab/worker.py
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # loading TensorFlow takes seconds
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False  # mail on the console is to be read, not logged line by line
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Who wakes a worker does not wait for a broker that is away: the row is written, and the sweeper sends it. Workers
    # wait as long as it takes (camp/lab/worker.py).
    "max_retries": 0,
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
JOB_LEASE = timedelta(seconds=10)  # a worker that says nothing for so long has lost its job
JOB_HEARTBEAT = timedelta(seconds=3)
JOB_STARTS = 3
JOB_LAST_START_DELAY = timedelta(seconds=20)  # lets a storm of dying workers pass before the last start
JOB_STOP_GRACE = timedelta(
    seconds=6
)  # for jobs to end once the worker is asked to stop; it is killed after ten
JOB_SECONDS = {"interactive": 60, "training": 600}
JOB_WAITS = timedelta(days=1)  # a job that no worker could start for so long is of no use to anybody
# How long a run is kept after its end, by the kind of work, unless its owner pins it.
JOB_KEPT = {
    "interactive": timedelta(days=_whole_number("CAMP_RUNS_KEPT_DAYS", 365, 1, 36_500)),
    "training": timedelta(days=_whole_number("CAMP_TRAININGS_KEPT_DAYS", 90, 1, 36_500)),
}
JOB_UNDO = timedelta(minutes=15)  # for so long its owner may bring back a run that they deleted on its page
GUEST_JOBS_A_DAY = 20
MEMBER_JOBS_A_DAY = _whole_number("CAMP_JOBS_A_DAY", 2_000, 1, 10**9)
JOBS_AT_ONCE = _whole_number("CAMP_JOBS_AT_ONCE", 500, 1, 10**9)  # waiting and running, a person
EVENT_STREAMS_EACH = 50  # open at once, a person and web process


def _metrics_token() -> str:
    token = os.environ.get("CAMP_METRICS_TOKEN", "").strip()
    if token and not re.fullmatch(r"[!-~]{16,}", token):
        raise ImproperlyConfigured(  # without the token, which a log would keep
            "CAMP_METRICS_TOKEN must be 16 or more printable ASCII characters without a space;"
            f" it has {len(token)} characters."
        )
    return token


METRICS_TOKEN = _metrics_token()  # unset: there is no /metrics

# --- People ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "camp.accounts.password_length.MaximumLengthValidator"},
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
    ),
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "camp.accounts.adapter.CampAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if PRODUCTION else "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if PRODUCTION else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "change_password": "camp.accounts.forms.ChangePasswordForm",
    "reset_password": "camp.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "camp.accounts.forms.NewPasswordForm",
    "signup": "camp.accounts.forms.SignupForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Wrong passwords are counted in camp/accounts/guessing.py. By address alone a class behind one router would lock
# itself out; the count that is left here is of second factors, by account.
SECOND_FACTORS_ACCOUNT = (10, 5 * 60)  # how many, in how many seconds; so are those below
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "{}/{}s/key".format(*SECOND_FACTORS_ACCOUNT),
    "signup": "100/m/ip",
}
GUESSES_ACCOUNT_AND_ADDRESS = (10, 15 * 60)
GUESSES_ACCOUNT = (50, 60 * 60)
GUESSES_ADDRESS = (100, 60 * 60)
MISTAKES_BY_ADDRESS = (100, 60 * 60)  # a class behind one router reads the same lesson
MISTAKES_BY_PERSON = (10, 60 * 60)
GUESTS_BY_ADDRESS = (200, 60 * 60)
MFA_ADAPTER = "camp.accounts.adapter.CampMFAAdapter"
MFA_FORMS = {
    "activate_totp": "camp.accounts.forms.ActivateCodesForm",
    "authenticate": "camp.accounts.forms.SecondFactorForm",
    "reauthenticate": "camp.accounts.forms.ConfirmByCodeForm",
    "add_webauthn": "camp.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "camp.accounts.forms.EditPasskeyForm",
    "login_webauthn": "camp.accounts.forms.SignInByPasskeyForm",
    "authenticate_webauthn": "camp.accounts.forms.SecondFactorPasskeyForm",
    "reauthenticate_webauthn": "camp.accounts.forms.ConfirmByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Attention Training Camp"
MFA_TOTP_TOLERANCE = 1  # a code of the half minute before, for slow hands and clocks
MFA_ALLOW_UNVERIFIED_EMAIL = not PRODUCTION
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
SESSION_ENGINE = "camp.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

_mail_url = os.environ.get("CAMP_EMAIL_URL", "").strip()
try:
    _mail = env.email_url_config(_mail_url or "consolemail://")
except (KeyError, ValueError) as error:
    raise ImproperlyConfigured("CAMP_EMAIL_URL must be like smtp+tls://user:password@host:587.") from error
EMAIL_BACKEND = "camp.mail.Queued"
MAIL_TRANSPORT = _mail["EMAIL_BACKEND"]  # what a worker sends it with
EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST") or "localhost", _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = (
    os.environ.get("CAMP_EMAIL_FROM", "").strip() or "Attention Training Camp <camp@localhost>"
)
# In production a mail on the console reaches nobody, and its links do not belong in a log.
MAIL_IS_SENT = not PRODUCTION or bool(_mail_url)
if not MAIL_IS_SENT:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

KNOX_TOKEN_MODEL = "accounts.ApiToken"
# Knox's migrations make its own table whatever model is used: a second, always empty place for tokens, which
# PostgreSQL would not let a flush leave out.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "TOKEN_MODEL": KNOX_TOKEN_MODEL}
TRUSTED_PROXIES = _whole_number("CAMP_TRUSTED_PROXIES", 0, 0, 10)
API_CALLS_A_MINUTE = _whole_number(
    "CAMP_API_CALLS_A_MINUTE", 1_200, 1, 10**9
)  # a person, or an address without one
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "camp.api.authentication.TokenAuthentication",
        "camp.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["camp.api.authentication.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["camp.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "camp.api.problems.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["camp.api.throttles.EachCaller"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would answer with the docstrings of the code
    "DEFAULT_SCHEMA_CLASS": "camp.api.schema.CallSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?as= chooses a result's format; ?format= is refused like any unknown word
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Attention Training Camp",
    "VERSION": "1",
    "SORT_OPERATIONS": False,  # as in urls.py, which is the order to read them in
    "POSTPROCESSING_HOOKS": [],
}

# --- Language, time, files ---------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = CAMP_DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("htmx", BASE_DIR / "node_modules" / "htmx.org" / "dist"),
    ("stix", BASE_DIR / "node_modules" / "@fontsource" / "stix-two-math" / "files"),
]
WHITENOISE_USE_FINDERS = not PRODUCTION  # a clone runs without collectstatic,
WHITENOISE_AUTOREFRESH = not PRODUCTION  # and a file may be edited while the camp runs
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "camp.static_files.HashedFiles"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Security ----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20  # a body without its file
MAX_FILE_BYTES = 16 * 2**20  # a file in a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
CSRF_FAILURE_VIEW = "camp.errors.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = _yes_or_no("CAMP_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(CAMP_LOG_FORMAT)
