from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MinistryRole(TextChoices):
    """What a person does at the ministry; everyone else has none."""

    REVIEWER = "REVIEWER", _("Reviewer")
    ALLOCATOR = "ALLOCATOR", _("Allocator")
    AUDITOR = "AUDITOR", _("Auditor")
