"""All settings, from the environment.

LEDGER_ENV says what this process is:

* not set, or ``demo``: the demo on this machine: SQLite and a secret key of its own under ``var/``,
  plain http on the loopback address. Nothing has to be set.
* ``production``: nothing is guessed. SECRET_KEY, DATABASE_URL and ALLOWED_HOSTS must be set, and
  whatever is missing or weak stops the start with the way out.
* ``test``: the demo with a quick password hasher, for the suite and the linters.

DATABASE_URL and ALLOWED_HOSTS (comma-separated) are read in all three.
"""

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
SEAL_DIR = VAR_DIR / "seals"
ENVIRONMENTS = ("demo", "production", "test")


# -- what the environment says ---------------------------------------------------------------------


def required(name: str, example: str) -> str:
    """A variable that production cannot do without; `example` shows how to set it."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set, and LEDGER_ENV=production needs it. Set {name}={example}"
            f"（生产环境必须设置 {name}，例如 {name}={example}）"
        )
    return value


def strong_key(key: str) -> str:
    """The key, unless it could be guessed (the measure of Django's own deployment check)."""
    if len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-"):
        raise ImproperlyConfigured(
            "SECRET_KEY is too weak: it needs at least 50 random characters. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
            "（SECRET_KEY 太弱：至少 50 个随机字符，请用上面的命令生成）"
        )
    return key


def demo_key(path: Path) -> str:
    """The demo's own key, made at the first start.

    It is written aside and then linked into place: of several processes that start together one
    wins, and none reads a key that is half written.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable for the owner only
        os.write(handle, get_random_secret_key().encode())
        os.close(handle)
        with suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text()


def listed_hosts() -> list[str]:
    """ALLOWED_HOSTS; `*` is refused, since it lets anyone choose the host of our links."""
    hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    if "*" in hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must not be '*'. List the names this site is reached by, e.g. "
            "ALLOWED_HOSTS=ledger.example.cn（ALLOWED_HOSTS 不能为 '*'，请逐一列出域名）"
        )
    return [host for host in hosts if host]


def whole_number(name: str, value: str, usual: int) -> int:
    """What a variable of the environment says, or the usual number."""
    if value and not re.fullmatch(r"[0-9]{1,9}", value):
        refuse(f"{name} is no whole number. Set {name}={usual}", f"{name} 须为整数，例如 {usual}")
    return int(value) if value else usual


def refuse(english: str, chinese: str) -> NoReturn:
    raise ImproperlyConfigured(f"{english}（{chinese}）")


def site_address(value: str) -> str:
    """Where this site is found: scheme and host, and nothing behind them."""
    if value and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", value):
        refuse(
            "SITE_URL is not understood, and links in mails begin with it. "
            "Set SITE_URL=https://ledger.example.cn",
            "SITE_URL 无法识别：邮件中的链接以它开头，例如 https://ledger.example.cn",
        )
    return value


def mail_port(value: str, security: str) -> int:
    """EMAIL_PORT, or what is usual for that EMAIL_SECURITY."""
    if security not in MAIL_PORTS:
        refuse(
            f"EMAIL_SECURITY is unknown. Set one of {', '.join(MAIL_PORTS)}",
            f"EMAIL_SECURITY 只能是 {'、'.join(MAIL_PORTS)}",
        )
    if value and not (re.fullmatch(r"[0-9]{1,5}", value) and 0 < int(value) < 65536):
        refuse("EMAIL_PORT is not a port. Set EMAIL_PORT=587", "EMAIL_PORT 须为端口号，例如 587")
    return int(value) if value else MAIL_PORTS[security]


def check_mail() -> None:
    """Refuse what could never send a mail, or would send a password in the clear."""
    if not EMAIL_HOST and (EMAIL_HOST_USER or EMAIL_HOST_PASSWORD or DEFAULT_FROM_EMAIL):
        refuse(
            "EMAIL_USER, EMAIL_PASSWORD or EMAIL_FROM is set, and EMAIL_HOST is not. "
            "Set EMAIL_HOST=mail.example.cn, or leave all of them out",
            "设置了发件账号而没有设置 EMAIL_HOST，请补充，或者都不设置",
        )
    if EMAIL_HOST and not re.fullmatch(r"[^@\s]+@[^@\s]+", DEFAULT_FROM_EMAIL):
        refuse(
            "EMAIL_HOST is set, and EMAIL_FROM is no address. Set EMAIL_FROM=ledger@example.cn",
            "设置了 EMAIL_HOST，须以 EMAIL_FROM 写明发件地址，例如 ledger@example.cn",
        )
    if EMAIL_HOST and not SITE_URL:
        refuse(
            "EMAIL_HOST is set, and SITE_URL is not: links in mails begin with it. "
            "Set SITE_URL=https://ledger.example.cn",
            "设置了 EMAIL_HOST，须以 SITE_URL 写明本系统网址，例如 https://ledger.example.cn",
        )
    if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
        refuse(
            "EMAIL_USER and EMAIL_PASSWORD go together. Set both, or neither",
            "EMAIL_USER 和 EMAIL_PASSWORD 须一并设置，或者都不设置",
        )
    if EMAIL_HOST_PASSWORD and EMAIL_SECURITY == "none":
        refuse(
            "EMAIL_SECURITY=none would send EMAIL_PASSWORD in the clear. Set starttls or tls",
            "EMAIL_SECURITY=none 会以明文发送 EMAIL_PASSWORD，请改为 starttls 或 tls",
        )


#: How the connection to the mail server is protected, and the port that is usual for it.
MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def database(url: str, *, pooled: bool) -> dict[str, Any]:
    """DATABASES["default"] for `url` (none: the demo's own file), with the options that make each
    engine safe."""
    demo = {"ENGINE": SQLITE, "NAME": VAR_DIR / "ledger.sqlite3"}
    try:
        parsed = dj_database_url.parse(url, conn_health_checks=True) if url else demo
        config: dict[str, Any] = dict(parsed)
    except ValueError:
        config = {}
    engine = config.get("ENGINE")
    if engine not in ENGINE_OPTIONS:  # the value itself is not shown: it may hold a password
        raise ImproperlyConfigured(
            "DATABASE_URL is not understood. Write postgresql://user:password@host:5432/ledger "
            "or sqlite:////absolute/path/ledger.sqlite3"
            "（DATABASE_URL 无法识别，只支持 PostgreSQL 与 SQLite）"
        )
    config["OPTIONS"] = {**ENGINE_OPTIONS[engine], **config.get("OPTIONS", {})}
    if pooled and engine == POSTGRESQL:
        # One connection for each thread of a process, and some to spare; a process that gets none
        # within 10 s says so rather than waiting for ever.
        config["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10}
    return config


POSTGRESQL = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"
ENGINE_OPTIONS: dict[str, dict[str, Any]] = {
    POSTGRESQL: {
        "options": "-c statement_timeout=30s -c lock_timeout=5s"
        " -c idle_in_transaction_session_timeout=60s",
    },
    SQLITE: {
        # A writer takes the lock at once and others wait: no "database is locked" half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON",
    },
}

ENVIRONMENT = os.environ.get("LEDGER_ENV", "").strip() or "demo"
if ENVIRONMENT not in ENVIRONMENTS:
    raise ImproperlyConfigured(
        f"LEDGER_ENV={ENVIRONMENT!r} is unknown. Set one of {', '.join(ENVIRONMENTS)}, or leave it "
        f"out for the demo（LEDGER_ENV 只能是 {'、'.join(ENVIRONMENTS)}，不设置即为演示环境）"
    )
PRODUCTION = ENVIRONMENT == "production"

DEBUG = False
if PRODUCTION:
    SECRET_KEY = strong_key(required("SECRET_KEY", "<50 or more random characters>"))
    DATABASE_URL = required("DATABASE_URL", "postgresql://user:password@host:5432/ledger")
    required("ALLOWED_HOSTS", "ledger.example.cn")
    ALLOWED_HOSTS = listed_hosts()
    SEAL_KEY = os.environ.get("SEAL_KEY", "").strip()  # asked for when something is sealed
else:
    SECRET_KEY = demo_key(VAR_DIR / "secret-key")
    SEAL_KEY = os.environ.get("SEAL_KEY", "").strip() or SECRET_KEY
    DATABASE_URL = os.environ.get("DATABASE_URL", "").strip()
    ALLOWED_HOSTS = listed_hosts() or ["localhost", "127.0.0.1", "[::1]"]

# -- the app ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "projects",
    "projects.apps.LedgerAdminConfig",  # in place of django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "projects.views.headers.CompressedPages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "projects.views.gate.Gate",
    "projects.views.headers.not_stored",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"

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
                "projects.views.context.site",
            ],
        },
    },
]

# -- data ------------------------------------------------------------------------------------------

# Tests open and drop databases, which a pool would hold open.
DATABASES = {"default": database(DATABASE_URL, pooled=ENVIRONMENT != "test")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Rows above which the workbook of a list is made in the background.
LONG_EXPORT_ROWS = whole_number(
    "LONG_EXPORT_ROWS", os.environ.get("LONG_EXPORT_ROWS", "").strip(), 1_000
)
#: Rows of an office's own ledger above which it is checked in the background.
LONG_PLAN_ROWS = whole_number("LONG_PLAN_ROWS", os.environ.get("LONG_PLAN_ROWS", "").strip(), 2_500)

DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # a bulk step posts up to 500 ids, with a version for each

# Attachments: bytes of one file, and of all files of an entry, withdrawn ones included.
ATTACHMENT_LIMIT = 20 * 2**20
ATTACHMENTS_LIMIT = 200 * 2**20
#: Dotted path of `function(content: bytes, name: str) -> str`: empty, or what is wrong with it.
ATTACHMENT_SCANNER = os.environ.get("ATTACHMENT_SCANNER", "").strip()
FILE_UPLOAD_HANDLERS = [
    "projects.views.bounds.BoundedBody",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# -- accounts --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "projects.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if ENVIRONMENT == "test":  # Argon2 is slow by design, and the suite logs in a great deal
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# -- reminders by mail, or by the office's own function --------------------------------------------

EMAIL_HOST = os.environ.get("EMAIL_HOST", "").strip()  # none: no mail is sent
EMAIL_SECURITY = os.environ.get("EMAIL_SECURITY", "").strip() or "starttls"
EMAIL_PORT = mail_port(os.environ.get("EMAIL_PORT", "").strip(), EMAIL_SECURITY)
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "").strip()
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "").strip()
SITE_URL = site_address(os.environ.get("SITE_URL", "").strip().rstrip("/"))
check_mail()
#: Dotted path of `function(user, notices) -> None`, for text messages or 政务微信.
NOTIFIER = os.environ.get("NOTIFIER", "").strip()

# -- language and time -----------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = "tracker.formats"

# -- static files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our pages alone use them
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if PRODUCTION:  # hashed names, compressed; filled by `manage.py collectstatic`
    STATIC_ROOT = VAR_DIR / "static"
    STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
else:  # straight from the sources: nothing to collect
    WHITENOISE_USE_FINDERS = True

# -- the browser -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

if PRODUCTION:
    # Behind a proxy gunicorn itself says that a request came by https, and believes it only of the
    # addresses in its FORWARDED_ALLOW_IPS: no header is trusted here.
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # probes come straight to the process, by http
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"  # the browser itself refuses it from elsewhere
    CSRF_COOKIE_NAME = "__Host-csrftoken"

# Preloading binds the whole domain, which is not this program's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# -- log: one line for each event, to stderr -------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django's own handlers (a console for DEBUG only, mail to admins) give way to ours.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
