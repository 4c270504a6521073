from suppliers.models.bodies import NotifiedBody
from suppliers.models.company import OwnedQuerySet, Supplier, SupplierMember, SupplierQuerySet
from suppliers.models.proofs import (
    Certificate,
    CertificateQuerySet,
    Document,
    DocumentQuerySet,
    Requirement,
    Submission,
    document_path,
)


__all__ = [
    "Certificate",
    "CertificateQuerySet",
    "Document",
    "DocumentQuerySet",
    "NotifiedBody",
    "OwnedQuerySet",
    "Requirement",
    "Submission",
    "Supplier",
    "SupplierMember",
    "SupplierQuerySet",
    "document_path",
]
