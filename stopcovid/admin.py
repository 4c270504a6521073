from django.contrib.admin import AdminSite
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _


OWN_APPS = {"accounts", "journal", "suppliers", "buyers", "catalog", "orders"}


class MinistryAdmin(AdminSite):
    """Where the ministry's staff work; each page asks for the role it needs."""

    site_header = site_title = _("StopCOVID19 · ministry")
    index_title = _("Work queues and rules")
    site_url = "/"

    def register(self, model_or_iterable, admin_class=None, **options):
        """The project's own pages alone: a library's would let an administrator make API keys and
        second factors for others, past every rule and the journal.
        """
        one = isinstance(model_or_iterable, ModelBase)
        models = [model_or_iterable] if one else model_or_iterable
        own = [model for model in models if model._meta.app_label in OWN_APPS]
        super().register(own, admin_class, **options)
