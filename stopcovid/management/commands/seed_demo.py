from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from stopcovid.demo.seed import seed


class Command(BaseCommand):
    help = "Load reference data and, once, the demo's invented organisations, stock and orders."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("This is for the demo only: set DEMO=1.")
        made = seed()
        self.stdout.write("demo data made" if made else "demo data kept as it is")
