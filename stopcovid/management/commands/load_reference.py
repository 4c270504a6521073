from importlib import import_module
from importlib.util import find_spec

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Adds the reference data that is missing: shelves, sheets, law, requirements, policies."

    def handle(self, *args, **options):
        for name in ("catalog.reference", "suppliers.reference", "orders.reference"):
            if find_spec(name):
                self.stdout.write(f"{name}: {import_module(name).load()}")
