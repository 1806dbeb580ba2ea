"""No more than a few invocations of a function by the bus side by side.

On AWS each has a machine of its own. Here they share one, and every cold start loads the layer: a machine
that cannot keep up with the schedule would get one more to load it every few seconds, and never come back.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Any

from ministack.services import eventbridge, lambda_svc

LOG = logging.getLogger(__name__)
LIMIT = 6
_lock = threading.Lock()
_running: Counter[str] = Counter()


def install() -> None:
    """Drops what the bus would start beyond that. Events are hints; the schedule comes again."""
    execute, dispatch = lambda_svc._execute_function_with_config_scope, eventbridge._dispatch_to_lambda

    def counted(record: dict[str, Any], event: Any) -> Any:
        name = record["config"]["FunctionName"]
        with _lock:
            _running[name] += 1
        try:
            return execute(record, event)
        finally:
            with _lock:
                _running[name] -= 1

    def unless_crowded(arn: Any, payload: Any) -> None:
        _, _, name = lambda_svc._get_func_record_for_ref(arn)
        if _running[name] >= LIMIT:
            LOG.warning("dropped an event for %s: %d are at work already", name, LIMIT)
            return
        dispatch(arn, payload)

    lambda_svc._execute_function_with_config_scope = counted
    eventbridge._dispatch_to_lambda = unless_crowded
