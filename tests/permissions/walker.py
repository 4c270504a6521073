"""Every route of the project, straight from the URL resolver."""

from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One URL pattern: `name` with its namespaces, or the bare pattern where it has no name."""

    name: str
    pattern: str
    view: Any

    @property
    def is_api(self):
        return self.pattern.startswith("api/")

    @property
    def is_admin(self):
        return self.pattern.startswith("admin/")

    @property
    def methods(self):
        """What an API view itself says that it answers; a page may answer GET and POST."""
        if actions := getattr(self.view, "actions", None):
            return {method.upper() for method in actions} & set(METHODS)
        if self.viewset():
            return {method for method in METHODS if hasattr(self.viewset(), method.lower())}
        return {"GET", "POST"}

    def viewset(self):
        """The class of an API view."""
        return getattr(self.view, "cls", None)


def routes():
    """All of them, in the order of the resolver."""
    yield from _walk(get_resolver(), "", ())


def _walk(resolver, prefix, namespaces):
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, pattern, inner)
        else:
            name = ":".join((*namespaces, entry.name)) if entry.name else pattern
            yield Route(name, pattern, entry.callback)
