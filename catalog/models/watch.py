"""What the law was when we last looked, and what a change of it did to the offers."""

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models.offers import Offer
from suppliers.models import Supplier


class LawWatch(models.Model):
    """The only row: the day of the last look and the rules that were in force then."""

    day = models.DateField()
    in_force = models.JSONField(default=dict)
    """Name of the rule → its digest, its legal reference, the sheets that it is about."""
    known = models.CharField(max_length=64, blank=True)
    """Digest of the law on prices, of today and of days to come, at the last look ahead."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="lawwatch_only_row")]

    def __str__(self) -> str:
        return str(self.day)


class RejudgementQuerySet(models.QuerySet["Rejudgement"]):
    """Changes of law by who may read what they did."""

    def visible_to(self, user: User | AnonymousUser) -> "RejudgementQuerySet":
        """The ministry; suppliers get a notice about their own offers."""
        return self if user.is_authenticated and user.has_ministry_role() else self.none()

    def unfinished(self) -> "RejudgementQuerySet":
        """Not all offers judged, or the suppliers not told."""
        return self.filter(finished_at=None)


class Rejudgement(models.Model):
    """One change of law, or one day's expired certificates, and its progress over the offers."""

    at = models.DateTimeField(_("seen"), auto_now_add=True)
    reasons = models.JSONField(_("what changed"), default=list)
    """Each: `what` (BEGAN, ENDED, CHANGED, CERTIFICATES), `law`, `rule`."""
    products_marked = models.PositiveIntegerField(_("products marked"), default=0)
    offers_to_judge = models.PositiveIntegerField(_("offers to judge"), default=0)
    offers_judged = models.PositiveIntegerField(_("offers judged"), default=0)
    went_off = models.PositiveIntegerField(_("went off sale"), default=0)
    went_on = models.PositiveIntegerField(_("went on sale"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = RejudgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("judgement after a change of law")
        verbose_name_plural = _("judgements after changes of law")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(finished_at=None), name="rejudgement_unfinished"
            )
        ]

    def __str__(self) -> str:
        return " ; ".join(dict.fromkeys(reason["law"] for reason in self.reasons))

    @property
    def public_ref(self) -> str:
        return str(self.pk)


class Turn(models.Model):
    """An offer that a change of law took off sale, or put back."""

    rejudgement = models.ForeignKey(Rejudgement, models.CASCADE, related_name="turns")
    supplier = models.ForeignKey(
        Supplier, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    offer = models.ForeignKey(
        Offer, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    before = ArrayField(models.CharField(max_length=30))
    after = ArrayField(models.CharField(max_length=30))

    class Meta:
        verbose_name = _("offer off or on sale by law")
        verbose_name_plural = _("offers off or on sale by law")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.before} → {self.after}"
