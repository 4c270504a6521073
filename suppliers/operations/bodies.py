"""Whether a notified body may certify what a certificate says."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import DomainError
from suppliers.enums import NEEDED_NOTIFICATION, Legislation
from suppliers.models import Certificate, NotifiedBody


def check_competent(standard: str, body_number: str) -> None:
    """Raise DomainError(field="body_number") if the body is known and not notified for this.

    The register here is an extract: a number that is not in it is left to the reviewer.
    """
    body = NotifiedBody.objects.filter(number=body_number).first() if body_number else None
    if body is not None and not is_competent(standard, body):
        needed = " / ".join(str(Legislation(code).label) for code in _needed(standard))
        raise DomainError(
            _(
                "Body %(body)s is notified for %(texts)s, not for %(needed)s: it cannot certify "
                "%(standard)s. Check the 4 digits after the CE mark."
            )
            % {"body": body, "texts": body.texts, "needed": needed, "standard": standard},
            field="body_number",
        )


def is_competent(standard: str, body: NotifiedBody) -> bool:
    """Notified for one of the texts under which the standard is certified, if it is under any."""
    needed = _needed(standard)
    return not needed or not needed.isdisjoint(body.notified_for)


def competence(certificates: Iterable[Certificate]) -> dict[str, str]:
    """By number of a body: what the reviewer should know of it, in one statement."""
    numbers = {each.body_number for each in certificates} - {""}
    bodies = {body.number: body for body in NotifiedBody.objects.filter(number__in=numbers)}
    return {
        number: _("%(name)s: %(texts)s")
        % {"name": bodies[number].name, "texts": bodies[number].texts}
        if number in bodies
        else _("not in our extract: look it up in NANDO")
        for number in numbers
    }


def _needed(standard: str) -> frozenset[str]:
    return NEEDED_NOTIFICATION.get(standard, frozenset())
