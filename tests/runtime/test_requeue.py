import os
import subprocess
import sys
from queue import Empty

import pytest

from stopcovid.celery import app
from stopcovid.runtime.requeue import requeue


# takes one message and dies without a word, as a worker does under kill -9
DIE_WORKING = """
import os
from stopcovid.celery import app
connection = app.connection_for_read()
message = connection.default_channel.basic_get("requeue-test", no_ack=False)
os._exit(0 if message else 1)
"""


@pytest.fixture
def queue():
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("requeue-test")
        yield queue
        queue.clear()
        queue.close()


def test_requeue_gives_back_what_a_killed_worker_held(queue):
    queue.put({"order": 1})
    subprocess.run([sys.executable, "-c", DIE_WORKING], check=True, env=os.environ)
    with pytest.raises(Empty):
        queue.get(timeout=0.2)
    assert requeue() == 1
    message = queue.get(timeout=5)
    assert message.payload == {"order": 1}
    message.ack()
    assert requeue() == 0
