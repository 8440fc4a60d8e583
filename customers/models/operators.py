"""Operators: the people who work in the dashboard, and what they may do at which site."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class OperatorManager(BaseUserManager["Operator"]):
    """Finds operators by email address, whichever way its letters are written."""

    def get_by_natural_key(self, username: str | None) -> "Operator":
        return self.get(email__iexact=username)


class Operator(AbstractBaseUser, PermissionsMixin):
    """A member of a merchant's staff; a superuser administers the whole installation."""

    email = models.EmailField(_("email address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True, default="")
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(_("created"), editable=False)

    objects: ClassVar[OperatorManager] = OperatorManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="operator_email_once",
                violation_error_message=_("There is an operator with this email address."),
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Say whether the dashboard opens: for every operator who may sign in."""
        return self.is_active

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Role(models.TextChoices):
    """What a member is at a site; `customers.services.powers` says what that allows."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    BILLING = "billing", _("Billing")
    SUPPORT = "support", _("Support")
    DEVELOPER = "developer", _("Developer")
    READ_ONLY = "read_only", _("Read only")


class Membership(models.Model):
    """An operator's role at one site."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="memberships")
    site = models.ForeignKey("customers.Site", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(_("since"), editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "operator"],
                name="membership_once",
                violation_error_message=_("This operator is a member of the site already."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator} · {self.get_role_display()}"

    @classmethod
    def of(cls, operator: Operator) -> "models.QuerySet[Membership]":
        """Return an operator's memberships with their sites, by the sites' names."""
        return (
            cls._default_manager.filter(operator=operator)
            .select_related("site")
            .order_by("site__name", "id")
        )
