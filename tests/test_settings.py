"""The settings say what is missing and how to set it, and production is strict."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker.settings import BASE_DIR, demo_key

KEY = "kT3-b8Zq_w5Yx7Nc2Vd9Rf4Sg6Hj1Lm0Pa8Qe3Ui5Ob7Xz2Wv4My6"
PRODUCTION = {
    "LEDGER_ENV": "production",
    "SECRET_KEY": KEY,
    "DATABASE_URL": "postgresql://ledger:hush-hush@db.example.cn:5432/ledger",
    "ALLOWED_HOSTS": "ledger.example.cn, www.example.cn",
}


def started(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, with these settings and nothing else from this environment."""
    kept = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "tracker.settings"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(name: str, environment: dict[str, str]) -> str:
    done = started(environment, "-c", f"from tracker import settings; print(settings.{name})")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"LEDGER_ENV": "prod"}, "LEDGER_ENV='prod' is unknown. Set one of demo, production, test"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set, and LEDGER_ENV=production needs it. Set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "ab" * 30}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": f"django-insecure-{KEY}"}, "SECRET_KEY is too weak"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "mysql://ledger:hush-hush@db/ledger"}, "DATABASE_URL is not understood"),
        ({"DATABASE_URL": "hush-hush"}, "DATABASE_URL is not understood"),
        ({"DATABASE_URL": "postgresql://a:hush-hush@b:x/c"}, "DATABASE_URL is not understood"),
        ({"ALLOWED_HOSTS": " "}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "a.cn,*"}, "ALLOWED_HOSTS must not be '*'"),
    ],
)
def test_a_dangerous_setting_stops_the_start_and_names_the_fix(change, sentence):
    done = started(PRODUCTION | change, "-c", "import tracker.settings")
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured: " + sentence)
    assert "hush-hush" not in done.stderr


#: Mail as an office sets it up.
MAIL = {
    "EMAIL_HOST": "mail.example.cn",
    "EMAIL_USER": "ledger",
    "EMAIL_PASSWORD": "hush-hush",
    "EMAIL_FROM": "ledger@example.cn",
    "SITE_URL": "https://ledger.example.cn",
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"EMAIL_HOST": ""}, "EMAIL_USER, EMAIL_PASSWORD or EMAIL_FROM is set, and EMAIL_HOST is"),
        ({"EMAIL_FROM": ""}, "EMAIL_HOST is set, and EMAIL_FROM is no address"),
        ({"EMAIL_FROM": "ledger"}, "EMAIL_HOST is set, and EMAIL_FROM is no address"),
        ({"SITE_URL": ""}, "EMAIL_HOST is set, and SITE_URL is not"),
        ({"SITE_URL": "ledger.example.cn"}, "SITE_URL is not understood"),
        ({"SITE_URL": "https://ledger.example.cn/a"}, "SITE_URL is not understood"),
        ({"SITE_URL": "javascript:alert(1)"}, "SITE_URL is not understood"),
        ({"EMAIL_SECURITY": "ssl"}, "EMAIL_SECURITY is unknown. Set one of starttls, tls, none"),
        ({"EMAIL_SECURITY": "none"}, "EMAIL_SECURITY=none would send EMAIL_PASSWORD in the clear"),
        ({"EMAIL_PORT": "smtp"}, "EMAIL_PORT is not a port"),
        ({"EMAIL_PORT": "70000"}, "EMAIL_PORT is not a port"),
        ({"EMAIL_USER": ""}, "EMAIL_USER and EMAIL_PASSWORD go together"),
    ],
)
def test_mail_that_could_not_be_sent_stops_the_start(change, sentence):
    done = started(PRODUCTION | MAIL | change, "-c", "import tracker.settings")
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured: " + sentence)
    assert "hush-hush" not in done.stderr


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (587, True, False)),
        ({"EMAIL_SECURITY": "tls"}, (465, False, True)),
        ({"EMAIL_SECURITY": "none", "EMAIL_USER": "", "EMAIL_PASSWORD": ""}, (25, False, False)),
        ({"EMAIL_PORT": "2525"}, (2525, True, False)),
    ],
)
def test_mail_goes_out_as_the_environment_says(change, expected):
    names = "(settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL)"
    done = started(
        PRODUCTION | MAIL | change, "-c", f"from tracker import settings; print({names})"
    )
    assert (done.stdout.strip(), done.stderr) == (str(expected), "")


def test_without_a_mail_server_no_mail_is_sent():
    assert setting("EMAIL_HOST", {}) == ""
    assert setting("NOTIFIER", {}) == ""


def test_production_passes_the_deployment_check():
    done = started(PRODUCTION, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_pools_its_connections_and_limits_what_they_wait_for():
    assert setting("DATABASES['default']['OPTIONS']", PRODUCTION) == str(
        {
            "options": "-c statement_timeout=30s -c lock_timeout=5s"
            " -c idle_in_transaction_session_timeout=60s",
            "pool": {"min_size": 1, "max_size": 12, "timeout": 10},
        }
    )


def test_production_takes_its_hosts_from_the_environment():
    assert setting("ALLOWED_HOSTS", PRODUCTION) == "['ledger.example.cn', 'www.example.cn']"


def test_without_environment_it_is_the_demo_on_this_machine():
    assert setting("ENVIRONMENT", {}) == "demo"
    assert setting("ALLOWED_HOSTS", {}) == "['localhost', '127.0.0.1', '[::1]']"
    assert setting("DATABASES['default']['NAME']", {}) == str(BASE_DIR / "var/ledger.sqlite3")


@pytest.mark.parametrize("environment", [{}, PRODUCTION])
def test_debug_is_never_on(environment):
    assert setting("DEBUG", environment) == "False"


def test_processes_that_start_together_agree_on_the_demo_key(tmp_path):
    path = tmp_path / "var" / "secret-key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(demo_key, [path] * 32))
    assert keys == {path.read_text()}
    assert len(path.read_text()) == 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]
