"""The company and its people."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.organisations import Organisation, OrganisationStatus
from suppliers.enums import (
    Activity,
    GelRegime,
    SupplierRole,
)


class SupplierQuerySet(models.QuerySet["Supplier"]):
    """Suppliers by who may see them."""

    def visible_to(self, user: User) -> "SupplierQuerySet":
        """The ministry sees all, members their own."""
        if user.has_ministry_role():
            return self
        return self.filter(members__user=user)

    def locked(self) -> "SupplierQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def approved(self) -> "SupplierQuerySet":
        """Those that may sell."""
        return self.filter(status=OrganisationStatus.APPROVED)


class Supplier(Organisation):
    """A manufacturer or trader that lists stock."""

    activities = ArrayField(
        models.CharField(max_length=20, choices=Activity.choices),
        default=list,
        blank=True,
        verbose_name=_("what it makes"),
    )
    gel_regime = models.CharField(
        _("legal ground for making gel"), max_length=10, choices=GelRegime.choices, blank=True
    )
    called_back_at = models.DateTimeField(_("called back"), null=True, blank=True)
    called_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("called back by"),
    )
    call_back_note = models.CharField(
        _("number called and person reached"), max_length=200, blank=True
    )

    objects = SupplierQuerySet.as_manager()

    class Meta(Organisation.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            *Organisation.Meta.constraints,
            models.CheckConstraint(
                condition=~models.Q(status=OrganisationStatus.APPROVED)
                | models.Q(called_back_at__isnull=False),
                name="supplier_approved_after_call_back",
                violation_error_message=_("Call the company back before approving it."),
            ),
            models.CheckConstraint(
                condition=models.Q(called_back_at=None, called_back_by=None)
                | models.Q(called_back_at__isnull=False, called_back_by__isnull=False),
                name="supplier_call_back_paired",
                violation_error_message=_("A call has a date and a caller."),
            ),
        ]

    def people(self) -> models.QuerySet[User]:
        return User.objects.filter(supplier_memberships__supplier=self, is_active=True)


class SupplierMember(models.Model):
    """One person acting for one supplier."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="supplier_memberships"
    )
    role = models.CharField(max_length=10, choices=SupplierRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("supplier's member")
        verbose_name_plural = _("suppliers' members")
        ordering = ["supplier_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "user"], name="supplier_member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=SupplierRole.values), name="supplier_member_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.supplier}"


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a supplier."""

    def visible_to(self, user: User) -> "OwnedQuerySet":
        """The ministry sees all, members their own supplier's."""
        if user.has_ministry_role():
            return self
        return self.filter(supplier__members__user=user)
