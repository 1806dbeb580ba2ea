"""The demo: deploy the template to the local AWS as a user does, break it, and show what packets notice."""

from __future__ import annotations

import time

from lab.commands.rounds import summary
from lab.commands.scenarios import SCENARIOS, Scenario
from lab.commands.timelines import BUILD, played_again, write_page
from lab.experiments.execution import play
from lab.experiments.sleep_experiments import EXPERIMENTS
from lab.local_aws.aws import ROOT, LocalAws
from lab.packets.corner import refusal
from lab.packets.network import ADMIN
from lab.report.run import Run
from lab.stage.dashboards import dashboards_shown
from lab.stage.deployment import build, deploy
from lab.stage.narrator import Say, narrator
from lab.stage.stack_view import StackView
from lab.stage.stage import OUTER_PORT, Stage, staged

LOGS = BUILD / "demo-logs"
PAGE = BUILD / "demo.html"
PLAYED = ("terminate", "hang", "flush-rules", "sleep-by-wish")
MINUTE = 6.0  # seconds that a minute of the schedule lasts here
POLL = 0.1


def main() -> int:
    """On packets when the kernel allows it. Returns 0 if every fault was healed and every promise kept, where
    this machine was quick enough to judge."""
    say = narrator()
    reason = refusal()
    build()
    say("sam", "build: done")
    if reason:
        print(f"\nWITHOUT PACKETS, for this machine grants no network namespaces: {reason}")
        return _on_paper(say)
    return _on_packets(say)


def _on_packets(say: Say) -> int:
    print("A local AWS whose instances are network namespaces: real packets, the template's own user data.")
    print(f"AWS's delays as published or assumed, but short boots; a schedule's minute is {MINUTE:.0f} s.")
    runs: list[Run] = []
    with (
        staged(LOGS, say, pace="demo", minute=MINUTE, DrainSeconds="5") as stage,
        dashboards_shown(stage.aws) as address,
    ):
        _tell_where(address, say)
        forwards = [_show_forward(stage, say)]
        for name in PLAYED:
            say("", f"\n== {EXPERIMENTS[name].title}")
            runs.append(play(stage, EXPERIMENTS[name], say))
            say("packets", summary(runs[-1]))
        say("", "\n== the port forward again, on the new node")
        forwards.append(_show_forward(stage, say))
    minute = f"A minute of the schedule lasts {MINUTE:.0f} s here."
    write_page(runs, PAGE, "make demo", minute, played_again(0))
    _tell_results(runs)
    print(f"\nThe timelines, for a browser: {PAGE.relative_to(ROOT)}")
    return 0 if all(forwards) and not any(map(broken, runs)) else 1


def _tell_where(address: str, say: Say) -> None:
    say("picture", f"open {address} in a browser on this machine, and watch the zones heal")


def _show_forward(stage: Stage, say: Say) -> bool:
    heard = stage.greeting(ADMIN)
    works = stage.forward_works(heard)
    say("forward", f"port {OUTER_PORT} of the zone's address, for the admin {ADMIN}: {heard or 'nothing'}")
    say("forward", "for a stranger: nothing, as it should be" if works else "IT DOES NOT WORK AS IT SHOULD")
    return works


def _tell_results(runs: list[Run]) -> None:
    print("\npackets lost   without an answer   healed after")
    for run in runs:
        healed = "NEVER" if run.healed_after is None else f"{run.healed_after:.1f} s"
        print(f"{run.lost:12}   {run.outage_seconds:15.2f} s   {healed:>12}   {run.title}{verdict(run)}")
        print(f"{'':46}   {survivors(run)}")


def survivors(run: Run) -> str:
    """Returns which long connections live, and by how many addresses the server outside saw them."""
    flows, seen = run.flows, list(dict.fromkeys(run.addresses))
    alive = f"{flows.speaks_alive} of {flows.speaks} long connections live, of those that only listen "
    changed = f"SEEN AS {', '.join(seen) or 'NOBODY'}"
    address = f"seen as {seen[0]} all the time" if len(seen) == 1 else changed
    return f"{alive}{flows.listens_alive} of {flows.listens}; {address}"


def verdict(run: Run) -> str:
    """Returns what is to be said of a promise that was not kept; "" for one that was."""
    if run.kept:
        return ""
    if broken(run):
        return f"  PROMISE BROKEN: {run.promise}"
    return f"  NOT JUDGED: this machine was busy, the lab itself {run.late:.1f} s late"


def broken(run: Run) -> bool:
    """Returns whether its promise was, by no fault of the lab; one that never heals always has."""
    return not run.kept and (run.healed is None or not run.spoilt)


def _on_paper(say: Say) -> int:
    print("The API heals all the same; what packets would notice is not shown.")
    with LocalAws(LOGS, minute=MINUTE) as aws, dashboards_shown(aws) as address:
        view = deploy(aws)
        say("sam", "deploy: done")
        _tell_where(address, say)
        results = {scenario.title: _play(scenario, aws, view, say) for scenario in SCENARIOS}
    print("\nhealed after")
    for title, seconds in results.items():
        print(f"  {f'{seconds:6.1f} s' if seconds is not None else '   NEVER'}  {title}")
    return 0 if all(seconds is not None for seconds in results.values()) else 1


def _play(scenario: Scenario, aws: LocalAws, view: StackView, say: Say) -> float | None:
    """Returns the seconds until all was healed, None if the deadline passed."""
    say("", f"\n== {scenario.title}")
    before = view.zones()
    shown = {zone.zone: str(zone) for zone in before}
    say("you", scenario.trigger(aws, before))
    began = time.monotonic()
    while time.monotonic() - began < scenario.deadline:
        now = view.zones()
        for zone in now:
            if shown[zone.zone] != str(zone):
                shown[zone.zone] = str(zone)
                say("route", str(zone))
        for line in view.decisions():
            if line["message"] == "decision" and line["action"] != "Wait":
                say("decided", f"{line['zone']} {line['action']}: {line['reason']}")
        if scenario.healed(before, now):
            seconds = time.monotonic() - began
            say("healed", f"after {seconds:.1f} s")
            return seconds
        time.sleep(POLL)
    say("FAILED", f"not healed within {scenario.deadline:.0f} s")
    return None
