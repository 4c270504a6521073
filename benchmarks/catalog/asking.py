"""Many clients in a closed loop against a web server: seconds of every answer."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles


OK = 200


@dataclass
class Window:
    """Answers of one stretch of time."""

    seconds: float = 0
    answers: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def figures(self) -> dict[str, float]:
        """Answers a second, and p50, p95, p99 in ms."""
        cuts = quantiles(self.answers, n=100) if len(self.answers) > 1 else [0.0] * 99
        shown = {f"p{each}_ms": round(1000 * cuts[each - 1], 1) for each in (50, 95, 99)}
        rate = round(len(self.answers) / self.seconds, 1)
        return {"per_second": rate, **shown, "answers": len(self.answers), "failed": self.failed}


@dataclass(frozen=True)
class Question:
    """A path and the session that asks for it."""

    path: str
    session: str


def ask(port: int, clients: int, questions: Sequence[Question], seconds: float) -> Window:
    """Each client takes every `clients`-th question in turn until the time is over."""
    window, lock = Window(), threading.Lock()
    begin = time.perf_counter()

    def client(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        turn, taken, failed = number, [], 0
        while time.perf_counter() < begin + seconds:
            question = questions[turn % len(questions)]
            turn += clients
            asked = time.perf_counter()
            line.request("GET", question.path, headers={"Cookie": question.session})
            answer = line.getresponse()
            answer.read()
            taken.append(time.perf_counter() - asked)
            failed += answer.status != OK
        line.close()
        with lock:
            window.answers += taken
            window.failed += failed

    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    window.seconds = time.perf_counter() - begin
    return window
