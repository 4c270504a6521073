"""A real pseudo-terminal for the programs under test, with a Ctrl-C that works."""

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import threading
import time

import psutil


class Terminal:
    """Runs a command in the foreground of a terminal of its own."""

    def __init__(self, argv, env):
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [str(word) for word in argv],
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.text = ""
        self._closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with contextlib.suppress(OSError):
            while not self._closed:
                # never block inside read: a window in use by a read does not close
                if select.select([self._master], [], [], 0.05)[0]:
                    self.text += os.read(self._master, 65536).decode(errors="replace")

    def wait_for(self, text, limit=60):
        """Block until the text is on the screen."""
        end = time.monotonic() + limit
        while text not in self.text:
            if time.monotonic() > end or self.process.poll() is not None:
                time.sleep(0.1)
                if text in self.text:
                    return
                raise AssertionError(f"{text!r} does not appear in:\n{self.text}")
            time.sleep(0.02)

    def family(self):
        """The command and everything that it has started, directly or not."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def press_ctrl_c(self):
        os.write(self._master, b"\x03")

    def close(self):
        """Close the window: the kernel sends SIGHUP to the foreground."""
        if not self._closed:
            self._closed = True
            self._reader.join(2)
            os.close(self._master)

    def wait(self, limit=40):
        """Block until the command has ended; return its code."""
        code = self.process.wait(limit)
        time.sleep(0.1)  # the last lines are still on their way to the screen
        return code

    def destroy(self):
        """Leave nothing behind, however the test went."""
        with contextlib.suppress(psutil.Error):
            for process in self.family():
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self.process.wait(10)
        self.close()


def survivors(processes, patience=3):
    """Those that still run, after a while to end in."""
    _, alive = psutil.wait_procs(processes, timeout=patience)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
