"""Carries events from EC2 to the bus, one at a time and in order, without holding EC2 up."""

from __future__ import annotations

import json
import logging
import queue
import threading
import urllib.error
import urllib.request

from lab.ec2.event_bus.events import Event

LOG = logging.getLogger(__name__)


class Webhook:
    """Posts each event's envelope to a URL from a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue: queue.Queue[Event] = queue.Queue()
        threading.Thread(target=self._run, daemon=True, name="events").start()

    def __call__(self, event: Event) -> None:
        """Takes an event to be posted."""
        self._queue.put(event)

    def _run(self) -> None:
        while True:
            event = self._queue.get()
            request = urllib.request.Request(
                self._url,
                json.dumps(event.envelope()).encode(),
                {"Content-Type": "application/json"},
            )
            try:
                with urllib.request.urlopen(request, timeout=30):
                    LOG.info("%s %s", event.detail_type, event.detail)
            except (urllib.error.URLError, OSError) as error:
                # AWS's delivery is best effort as well; the loss is in the log.
                LOG.warning("lost %s %s: %s", event.detail_type, event.detail, error)
