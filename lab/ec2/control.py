"""The control endpoint: what a test or the demo may do to the world that no API call can do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.ec2 import spot
from lab.ec2.event_bus.delivery import Disturbance
from lab.ec2.event_bus.events import Event
from lab.ec2.throttling import Throttle
from lab.ec2.timings import pace
from lab.ec2.world import Impairment, World

Command = Callable[[World, dict[str, Any]], Any]


def _timings(world: World, body: dict[str, Any]) -> dict[str, Any]:
    world.timings.change(**body)
    return vars(world.timings)


def _pace(world: World, body: dict[str, Any]) -> dict[str, Any]:
    return _timings(world, vars(pace(body["name"])))


def _delivery(world: World, body: dict[str, Any]) -> None:
    for way in (world.emit, world.put):
        way.disturb(Disturbance(**body))


def _throttle(world: World, body: dict[str, Any]) -> None:
    world.faults.throttle = Throttle(int(body["count"]), frozenset(body["actions"]))


def _capacity(world: World, body: dict[str, Any]) -> None:
    world.faults.no_capacity = set(body["exhausted"])


def _block(world: World, body: dict[str, Any]) -> None:
    world.internet_block = body["mode"]


def _midstream(world: World, body: dict[str, Any]) -> None:
    world.midstream = bool(body["tracked"])
    world.notify()


def _fault(world: World, body: dict[str, Any]) -> None:
    world.guest.fault(body["instance"], body["name"])


def _cut(world: World, body: dict[str, Any]) -> None:
    world.guest.cut([(one, two) for one, two in body["ways"]], int(body["milliseconds"]))


def _agent(world: World, body: dict[str, Any]) -> None:
    silent = world.faults.silent_agents
    (silent.discard if body["alive"] else silent.add)(body["instance"])


def _status(world: World, body: dict[str, Any]) -> None:
    since = datetime.now(UTC) - timedelta(seconds=body["seconds_ago"])
    found = Impairment(body["instance_status"], body["system_status"], since)
    world.faults.impaired[body["instance"]] = found


def _schedule(world: World, body: dict[str, Any]) -> None:
    world.faults.scheduled[body["instance"]] = body["events"]


def _spot(world: World, body: dict[str, Any]) -> None:
    happens = {"interrupt": spot.interrupt, "recommend": spot.recommend}
    happens[body["what"]](world, body["instance"])


def _emit(world: World, body: dict[str, Any]) -> str:
    event = Event(
        source=body["source"],
        detail_type=body["detail_type"],
        detail=body["detail"],
        resources=tuple(body.get("resources", ())),
    )
    world.emit(event)
    return event.id


def _calls(world: World, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [call for call in world.calls if call["time"] > float(body.get("since", 0))]


def _enter(world: World, body: dict[str, Any]) -> list[str]:
    return world.guest.enter(body["place"])


def _happened(world: World, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [moment for moment in world.happened if moment["time"] > float(body.get("since", 0))]


def _late(world: World, body: dict[str, Any]) -> list[tuple[float, float]]:
    return [(at, seconds) for at, seconds in world.late if at > float(body["since"])]


def _refusals(world: World, _: dict[str, Any]) -> list[str]:
    return world.refusals


def _ready(_: World, __: dict[str, Any]) -> bool:
    return True


COMMANDS: dict[str, Command] = {
    "timings": _timings,
    "pace": _pace,
    "delivery": _delivery,
    "throttle": _throttle,
    "block": _block,
    "capacity": _capacity,
    "midstream": _midstream,
    "fault": _fault,
    "cut": _cut,
    "agent": _agent,
    "status": _status,
    "schedule": _schedule,
    "spot": _spot,
    "emit": _emit,
    "calls": _calls,
    "enter": _enter,
    "happened": _happened,
    "late": _late,
    "refusals": _refusals,
    "ready": _ready,
}


class Handler(BaseHTTPRequestHandler):
    """POST /lab/<command> with a JSON body; answers JSON, or 400 and the reason."""

    world: World

    def do_POST(self) -> None:
        """Runs one command."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        command = COMMANDS.get(self.path.removeprefix("/lab/"))
        if command is None:
            self._answer(404, {"error": f"unknown command: one of {', '.join(sorted(COMMANDS))}"})
            return
        try:
            with self.world.lock:
                self._answer(200, command(self.world, body))
        except (KeyError, ValueError, TypeError) as error:
            self._answer(400, {"error": f"{type(error).__name__}: {error}"})

    def _answer(self, status: int, value: Any) -> None:
        data = json.dumps(value, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the caller sees the answer."""


def serve(world: World, port: int) -> None:
    """Serves commands on 127.0.0.1 from a thread of its own."""
    handler = type("BoundHandler", (Handler,), {"world": world})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="control").start()
