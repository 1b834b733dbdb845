from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "合作台账"
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self) -> None:
        from django.contrib.auth import signals as auth_signals

        from . import checks as own_checks
        from .models import access, guards, recordedrows

        pre_migrate.connect(guards.lift_before_migrate, sender=self)
        post_migrate.connect(guards.install_after_migrate, sender=self)
        checks.register(own_checks.guards_are_installed, checks.Tags.database)
        checks.register(own_checks.workflow_is_sound)
        checks.register(own_checks.scanner_is_there)
        checks.register(own_checks.notifier_is_there)
        checks.register(own_checks.rights_are_told)
        recordedrows.connect()
        auth_signals.user_logged_in.connect(access.on_login)
        auth_signals.user_login_failed.connect(access.on_login_failed)
        auth_signals.user_logged_out.connect(access.on_logout)


class LedgerAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "projects.adminsite.LedgerAdminSite"
