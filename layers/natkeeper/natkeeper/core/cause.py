"""Why something is done, in a word: under it a heal is counted."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Under what a heal is counted."""

    NO_NODE = "no-node"
    UNHEALTHY = "unhealthy"
    ROUTE = "route"
    ADDRESS = "address"
    CHECK = "source-dest-check"
    RULES = "rules"
    DOOMED = "doomed"
    OUTDATED = "outdated"
    LIFETIME = "lifetime"
    ORDERED = "ordered"
    HAND_BACK = "hand-back"
    SURPLUS = "surplus"
    BREAKER = "breaker"
    LAUNCH = "launch"
    GOAL = "goal"
    LOST = "lost"
    MISFIT = "misfit"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    PAUSED = "paused"
    ASLEEP = "asleep"
    WAKING = "waking"
    MARKET = "market"
    CREDITS = "cpu-credits"
    CONNECTIONS = "connections"
    IMAGE = "image"
    SPARE = "spare"
    STANDBY = "standby"
    SILENT = "silent"
    HEARSAY = "hearsay"
    LAST_RESORT = "last-resort"
