"""What a supplier's file has to hold before it is handed in: one list for pages, API, submit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from suppliers.enums import Activity, DocumentKind, ProofStatus, RequirementKind
from suppliers.models import Requirement, Supplier


STANDS_IN = {
    DocumentKind.CERTIFICATE: frozenset({DocumentKind.CERTIFICATE, DocumentKind.TEST_REPORT}),
}
"""Documents that prove as much as the one asked for."""


@dataclass(frozen=True)
class Item:
    """One line of the checklist; `url_name` is the page where it can be done."""

    code: str
    text: str
    done: bool
    url_name: str
    help_text: str = ""
    attested: bool = False
    document_kind: str = ""


def checklist(supplier: Supplier) -> list[Item]:
    """Every line, done or not, in the order in which a newcomer works through them."""
    return [*_own_items(supplier), *_requirement_items(supplier)]


def missing(supplier: Supplier) -> list[tuple[str, str]]:
    """What is still to be done: text and name of the page where it is done."""
    return [(item.text, item.url_name) for item in checklist(supplier) if not item.done]


def _own_items(supplier: Supplier) -> Iterator[Item]:
    edit = "suppliers:edit"
    address = all([supplier.street, supplier.postcode, supplier.city, supplier.department])
    yield Item("identity", _("Name and SIRET"), bool(supplier.name and supplier.siret), edit)
    yield Item("address", _("Address"), address, edit)
    yield Item("phone", _("Telephone"), bool(supplier.phone), edit)
    yield Item("activities", _("What you make"), bool(supplier.activities), edit)
    if Activity.GEL in supplier.activities:
        yield Item("gel-regime", _("Legal ground for making gel"), bool(supplier.gel_regime), edit)


def _requirement_items(supplier: Supplier) -> Iterator[Item]:
    handed_in = set(supplier.documents.values_list("kind", flat=True))
    attested = set(supplier.submissions.values_list("requirement_id", flat=True))
    for requirement in concerning(supplier):
        if requirement.kind == RequirementKind.ATTESTED:
            yield _item(requirement, requirement.pk in attested, "suppliers:attest")
        elif requirement.kind == RequirementKind.VERIFIED:
            kind = DocumentKind(requirement.document_kind)
            accepted = STANDS_IN.get(kind, frozenset({kind}))
            yield _item(requirement, bool(accepted & handed_in), "suppliers:add_document")
        elif requirement.code in COMPUTED:
            met, url_name = COMPUTED[requirement.code]
            yield _item(requirement, met(supplier), url_name)


def concerning(supplier: Supplier) -> list[Requirement]:
    """The requirements in force for what the supplier makes."""
    return [
        requirement
        for requirement in Requirement.objects.filter(is_active=True)
        if not requirement.activities or set(requirement.activities) & set(supplier.activities)
    ]


def _item(requirement: Requirement, done: bool, url_name: str) -> Item:
    return Item(
        code=requirement.code,
        text=str(requirement),
        done=done,
        url_name=url_name,
        help_text=requirement.explanation,
        attested=requirement.kind == RequirementKind.ATTESTED,
        document_kind=requirement.document_kind,
    )


def _certificate_entered(supplier: Supplier) -> bool:
    today = timezone.localdate()
    certificates = supplier.certificates.exclude(status=ProofStatus.REJECTED)
    return certificates.filter(expires_on__gte=today).exists()


COMPUTED: dict[str, tuple[Callable[[Supplier], bool], str]] = {
    "certificate-entered": (_certificate_entered, "suppliers:add_certificate"),
}
"""Requirements that the product checks itself: the check and the page where it is met."""
