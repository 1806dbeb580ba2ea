"""What runs when its function is updated or deleted runs to its end, with the code that it began with.

So it is on AWS, where an update only sends later invocations elsewhere. ministack kills what is at work, and
with it a custom resource's answer, for which CloudFormation then waits until its time is over.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from ministack.core import lambda_runtime

_lock = threading.Lock()
_at_work: set[Any] = set()


def install() -> None:
    """A worker that is at work is killed after it."""
    invoke, kill = lambda_runtime.Worker.invoke, lambda_runtime.kill_workers

    def to_its_end(worker: Any, *arguments: Any, **named: Any) -> Any:
        with _lock:
            _at_work.add(worker)
        try:
            return invoke(worker, *arguments, **named)
        finally:
            with _lock:
                _at_work.remove(worker)
            if not _is_pooled(worker):
                kill([worker])

    def unless_at_work(workers: Iterable[Any]) -> None:
        with _lock:
            idle = [worker for worker in workers if worker not in _at_work]
        kill(idle)

    lambda_runtime.Worker.invoke = to_its_end
    lambda_runtime.kill_workers = unless_at_work


def _is_pooled(worker: Any) -> bool:
    """Whether it may be asked again: an update takes a function's workers out of its pool."""
    with lambda_runtime._lock:
        return any(worker in pool for pool in lambda_runtime._workers.values())
