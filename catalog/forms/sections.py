"""A long form in parts, so that it stays calm: what few people need is folded away."""

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField


@dataclass(frozen=True)
class Part:
    """Fields that are about one thing; a form that lacks some of them shows the others."""

    title: Any
    fields: list[str]
    folded: bool = False
    heads: tuple[Any, ...] = ()
    """For fields that are shown as a small table: the words above its columns."""


@dataclass(frozen=True)
class Section:
    """A part as the page shows it; `now` says in words what stands in a folded one."""

    title: str
    fields: list[BoundField]
    folded: bool
    is_open: bool
    now: str
    heads: list[str]

    @property
    def rows(self) -> list[list[BoundField]]:
        """The fields, as many in a row as there are heads."""
        width = len(self.heads) or len(self.fields)
        return [self.fields[first : first + width] for first in range(0, len(self.fields), width)]


def sections_of(form, parts: list[Part]) -> list[Section]:
    """The parts of a form that knows `in_words(part)`; one with an error is open."""
    found = []
    for part in parts:
        fields = [form[name] for name in part.fields if name in form.fields]
        if fields:
            wrong = any(field.errors for field in fields)
            now = form.in_words(part) if part.folded else ""
            heads = [str(head) for head in part.heads]
            found.append(Section(str(part.title), fields, part.folded, wrong, now, heads))
    return found
