"""Looks on while an experiment runs: tells what happens as it happens, and keeps it for the timeline."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from lab.report.run import Moment
from lab.stage.narrator import Say
from lab.stage.stage import Stage


class Watch:
    """What natkeeper's log, EventBridge and the instances' insides say from now on."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self._stage = stage
        self.say = say
        self._since = self.began = self.struck = time.time()
        self._shown = {zone.zone: str(zone) for zone in stage.zones()}
        self.moments: list[Moment] = []

    def look(self) -> None:
        """Takes in what is new."""
        new = [*self._decisions(), *self._happened()]
        for moment in sorted(new, key=lambda m: m.at):
            self.say(moment.lane, f"{moment.text} ({moment.at - self.struck:+.2f} s)")
        self.moments += new
        for zone in self._stage.zones():
            if self._shown.get(zone.zone) != str(zone):
                self._shown[zone.zone] = str(zone)
                self.say("route", str(zone))

    def _decisions(self) -> list[Moment]:
        lines = [line for line in self._stage.view.decisions() if _at(line) >= self.began]
        return [
            Moment(_at(line), "decision", _decision(line))
            for line in lines
            if line["message"] == "decision" and line["action"] != "Wait"
        ]

    def _happened(self) -> list[Moment]:
        found = self._stage.aws.control.happened(since=self._since)
        if found:
            self._since = found[-1]["time"]
        return [Moment(each["time"], each["lane"], each["text"]) for each in found]


def _at(line: dict[str, Any]) -> float:
    return datetime.strptime(line["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z").timestamp()


def _decision(line: dict[str, Any]) -> str:
    node = f" {line['node']}" if "node" in line else ""
    return f"{line['action']}{node} in {line['zone']}: {line['reason']}"
