"""Who is bound by limits together: the accounts of one legal entity or of one hospital group."""

from collections.abc import Iterable

from buyers.models import Buyer


class Entities:
    """Accounts that share a SIREN, a legal entity in FINESS or a group (GHT) are one entity.

    An entity goes by its oldest account's key.
    """

    def __init__(self) -> None:
        """Reads every account, in one statement."""
        self._of: dict[str, str] = {}
        accounts = Buyer.objects.order_by("pk").values_list(
            "pk", "siret", "legal_entity_finess", "group"
        )
        keys = {
            pk: [f"account {pk:020}", *_marks(siret, finess, group)]
            for pk, siret, finess, group in accounts
        }
        for same in keys.values():
            self._join(same)
        self.of_account = {pk: self._number(same[0]) for pk, same in keys.items()}

    def named(self, name: str) -> int | None:
        """The entity with this SIREN or group name; None: no account has it."""
        for mark in (f"siren {name}", f"group {plain(name)}"):
            if mark in self._of:
                return self._number(mark)
        return None

    def _join(self, marks: Iterable[str]) -> None:
        roots = sorted({self._root(mark) for mark in marks})
        for root in roots[1:]:
            self._of[root] = roots[0]

    def _root(self, mark: str) -> str:
        self._of.setdefault(mark, mark)
        while self._of[mark] != mark:
            self._of[mark] = self._of[self._of[mark]]
            mark = self._of[mark]
        return mark

    def _number(self, mark: str) -> int:
        """Roots are the least mark of their entity, and accounts sort before all others."""
        return int(self._root(mark).removeprefix("account "))


def plain(name: str) -> str:
    """A group's name without its spelling: case and spaces."""
    return " ".join(name.casefold().split())


def _marks(siret: str | None, finess: str, group: str) -> list[str]:
    marks = [f"siren {siret[:9]}"] if siret else []
    marks += [f"finess {finess}"] if finess else []
    return marks + ([f"group {plain(group)}"] if plain(group) else [])
