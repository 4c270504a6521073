"""Three small processes under the real supervisor: small_stack.py RECORD JOURNAL [CRASHING]."""

import sys
from pathlib import Path

from stopcovid.runtime.processes import Child, sweep
from stopcovid.runtime.supervisor import Supervisor


CHILD = """
import signal, sys, time
journal = open(sys.argv[2], "a", buffering=1)
def end(*_):
    journal.write("stopped " + sys.argv[1] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
journal.write("started " + sys.argv[1] + "\\n")
print("hello", flush=True)
while True:
    time.sleep(0.3)
    if sys.argv[1] == sys.argv[3]:
        sys.exit(3)
"""
record, journal = Path(sys.argv[1]), Path(sys.argv[2])
swept = sweep(record)
supervisor = Supervisor(record)
supervisor.say(f"swept {','.join(swept)}")
for number, name in enumerate(("first", "second", "third"), 1):
    argv = [sys.executable, "-c", CHILD, name, str(journal), (sys.argv[3:] or [""])[0]]
    supervisor.start(Child(name, argv))
    while journal.read_text().count("started") < number:
        supervisor.stop_wanted.wait(0.01)
supervisor.say("all started")
code = supervisor.watch()
supervisor.stop_all()
sys.exit(code)
