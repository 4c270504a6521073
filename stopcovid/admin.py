from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class MinistryAdmin(AdminSite):
    """Where the ministry's staff work; each page asks for the role it needs."""

    site_header = site_title = _("StopCOVID19 · ministry")
    index_title = _("Work queues and rules")
    site_url = "/"
