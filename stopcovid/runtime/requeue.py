"""Gives back the messages that a killed worker held."""

from stopcovid.celery import app


def requeue() -> int:
    """Put every unacknowledged message back in its queue; return how many.

    Kombu's Redis transport does so only once the visibility timeout is over. At the start of
    a stack that owns its broker no worker is alive, so they can go back at once.
    """
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as client:
            client.delete(channel.unacked_mutex_key)
            tags = client.hkeys(channel.unacked_key)
            for tag in tags:
                channel.qos.restore_by_tag(tag, client, leftmost=True)
    return len(tags)
