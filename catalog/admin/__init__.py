"""The ministry's pages on the catalogue: rules, sheets, offers and what they were judged by."""

from catalog.admin import certificates, offers, rules, sheets


__all__ = ["certificates", "offers", "rules", "sheets"]
