from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.enums import MinistryRole


class UserManager(BaseUserManager["User"]):
    """Makes people known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A person who signs in with `email`; without a password, one who cannot sign in yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: object
    ) -> "User":
        """The platform's administrator: accounts and settings, but no approvals."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or the service account of an organisation's machines."""

    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("full name"), max_length=150)
    language = models.CharField(_("language"), max_length=5, default="fr")
    ministry_role = models.CharField(
        _("role at the ministry"), max_length=10, choices=MinistryRole.choices, blank=True
    )
    is_service = models.BooleanField(_("service account"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("Someone signs in with this e-mail address already."),
            ),
            models.CheckConstraint(
                condition=models.Q(ministry_role__in=["", *MinistryRole.values]),
                name="user_ministry_role_known",
                violation_error_message=_("Unknown role."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def public_ref(self) -> str:
        """The name under which the journal knows it: no personal data."""
        return str(self.pk)

    @property
    def is_staff(self) -> bool:
        """May enter the admin; what is visible there depends on the role."""
        return bool(self.ministry_role) or self.is_superuser

    def has_ministry_role(self, *roles: MinistryRole) -> bool:
        """One of `roles`, or any role at all when none is named."""
        return self.ministry_role in roles if roles else bool(self.ministry_role)
