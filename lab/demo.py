"""The demo: deploy the template to the local AWS as a user does, break it, and show what happens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.aws import LocalAws
from lab.scenes import SCENES, Scene
from lab.stack_view import StackView

ROOT = Path(__file__).parents[1]
STACK = "natkeeper"
MINUTE = 15.0  # seconds that a minute of the schedule lasts here
POLL = 0.1


@dataclass
class Timeline:
    """Prints a line for everything, with the seconds since the scene began."""

    began: float = field(default_factory=time.time)

    def restart(self, title: str) -> None:
        """A new scene."""
        self.began = time.time()
        print(f"\n== {title}", flush=True)

    def say(self, who: str, what: str, at: float | None = None) -> None:
        """One line; `at` (seconds since the epoch) when it happened, if that was not now."""
        seconds = (at or time.time()) - self.began
        print(f"{seconds:7.2f} s  {who:<8} {what}", flush=True)


def sam(aws: LocalAws, *arguments: str) -> None:
    """Runs the SAM CLI against the local AWS. Raises CalledProcessError with its output shown."""
    program = str(Path(sys.executable).parent / "sam")
    done = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env={**os.environ, **aws.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
        raise subprocess.CalledProcessError(done.returncode, ["sam", *arguments])


def deploy(aws: LocalAws, timeline: Timeline, *overrides: str) -> StackView:
    """`sam build` and `sam deploy` of the unmodified template."""
    sam(aws, "build")
    timeline.say("sam", "build: done")
    extra = ["--parameter-overrides", *overrides] if overrides else []
    sam(aws, "deploy", "--stack-name", STACK, "--no-progressbar", *extra)
    resources = aws.client("cloudformation").describe_stack_resources(StackName=STACK)
    timeline.say("sam", f"deploy: {len(resources['StackResources'])} resources of template.yaml created")
    return StackView(aws, STACK)


def play(scene: Scene, aws: Any, view: StackView, timeline: Timeline) -> float | None:
    """Plays one scene. Returns the seconds until all was healed, None if the deadline passed."""
    timeline.restart(scene.title)
    before = view.zones()
    shown = {zone.zone: str(zone) for zone in before}
    timeline.say("you", scene.strike(aws, before))
    began = time.monotonic()
    while time.monotonic() - began < scene.deadline:
        now = view.zones()
        for zone in now:
            if shown[zone.zone] != str(zone):
                shown[zone.zone] = str(zone)
                timeline.say("route", str(zone))
        _tell_decisions(view, timeline)
        if scene.healed(before, now):
            seconds = time.monotonic() - began
            timeline.say("healed", f"after {seconds:.1f} s")
            return seconds
        time.sleep(POLL)
    timeline.say("FAILED", f"not healed within {scene.deadline:.0f} s")
    return None


def _tell_decisions(view: StackView, timeline: Timeline) -> None:
    for line in view.decisions():
        at = datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
        if line["message"] == "decision" and line["action"] != "Wait":
            node = f" {line['node']}" if "node" in line else ""
            timeline.say("decided", f"{line['zone']} {line['action']}{node}: {line['reason']}", at)
        elif line.get("result") == "refused":
            timeline.say("refused", f"{line['action']}: {line['reason']}", at)


def main() -> int:
    """The exit code: 0 if every scene healed."""
    logs = ROOT / "build" / "demo-logs"
    timeline = Timeline()
    print("A local AWS: ministack, and moto corrected for EC2 and Run Command. No packets here.")
    print(f"The schedule's minute lasts {MINUTE:.0f} s; AWS's own delays are shortened too.")
    with LocalAws(logs, minute=MINUTE) as aws:
        timeline.say("lab", f"the local AWS answers at {aws.endpoint}; logs in {logs.relative_to(ROOT)}")
        view = deploy(aws, timeline)
        results = {scene.title: play(scene, aws, view, timeline) for scene in SCENES}
    print("\nhealed after")
    for title, seconds in results.items():
        print(f"  {f'{seconds:6.1f} s' if seconds is not None else '   NEVER'}  {title}")
    return 0 if all(seconds is not None for seconds in results.values()) else 1
