from django.core.management.base import BaseCommand

from journal import sealing


class Command(BaseCommand):
    """Prints how many seals there are and the last digest; keep the line outside the database."""

    help = __doc__

    def handle(self, *args, **options):
        count, digest = sealing.head()
        self.stdout.write(f"{count} {digest}")
