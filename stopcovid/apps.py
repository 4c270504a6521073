from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StopcovidConfig(AppConfig):
    name = "stopcovid"


class MinistryAdminConfig(AdminConfig):
    """The ministry's own admin site instead of Django's default one."""

    default_site = "stopcovid.admin.MinistryAdmin"
