from celery import shared_task

from journal import notifications, sealing


# A beat that finds its forerunner still queued adds nothing: the newer message does the same work.
@shared_task(expires=20)
def deliver_pending():
    notifications.deliver_pending()


@shared_task(expires=60)
def seal():
    sealing.seal()
