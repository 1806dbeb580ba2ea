"""How long things take: quick for tests, or as published for AWS.

Every published figure has its source in `SOURCES`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace


@dataclass
class Timings:
    """Seconds. The defaults are far quicker than AWS, in its proportions."""

    api: float = 0.0
    """From a call of EC2 or SSM until it is worked on; the lab's own look-ups do not wait."""
    launch: float = 0.0
    """The same for RunInstances, instead of `api`."""
    association: float = 0.0
    """The same for AssociateAddress, instead of `api`."""
    propagation: float = 0.0
    """From an accepted change until packets follow it."""
    pending: float = 0.5
    starting: float = 0.5
    """The same as `pending` for a stopped instance that is started."""
    shutting_down: float = 0.5
    stopping: float = 0.5
    interface_release: float = 0.2
    """From `terminated` until the interface is deleted: interfaces linger on AWS too."""
    registration: float = 0.5
    """From `running` until the SSM agent first calls SSM."""
    services: float = 0.5
    """From `running` until the services start that are enabled on a new disk: its image may have ours."""
    boot: float = 1.0
    """From `running` until user data starts in a guest with a real inside; on paper, until it has ended."""
    restart: float = 0.5
    """The same as `boot` for a disk that has booted before, and as `services`."""
    packages: float = 0.0
    """What installing packages takes inside an instance."""
    imaging: float = 1.0
    """From CreateImage until the image can be launched."""
    gateway: float = 1.0
    """From CreateNatGateway until it is `available`."""
    gateway_deletion: float = 1.0
    """From DeleteNatGateway until it is `deleted`, and its address free."""
    delivery: float = 0.05
    """From SendCommand until the agent has the command."""
    delivery_timeout: float = 0.0
    """Replaces a command's own TimeoutSeconds when above zero."""
    event: float = 0.0
    """From a change until EventBridge has delivered its event."""
    put_events: float = 0.0
    """From an instance's own PutEvents until EventBridge has delivered that."""
    interruption: float = 15.0
    """From the warning until AWS takes a spot instance."""
    status_interval: float = 5.0
    """Between two status checks of an instance."""
    status_failures: int = 2
    """Checks, not seconds: so many must fail in a row."""

    def change(self, **seconds: float) -> None:
        """Sets delays by name. Raises ValueError, naming every unknown one and any below zero."""
        known = {f.name for f in fields(self)}
        unknown = sorted(set(seconds) - known)
        if unknown:
            raise ValueError(f"unknown delay {', '.join(unknown)}: one of {', '.join(sorted(known))}")
        negative = sorted(name for name, value in seconds.items() if value < 0)
        if negative:
            raise ValueError(f"below zero: {', '.join(negative)}")
        for name, value in seconds.items():
            setattr(self, name, type(getattr(self, name))(value))


PUBLISHED = Timings(
    api=0.15,
    launch=1.4,
    association=0.15,
    propagation=0.435,
    pending=5.7,
    starting=5.45,
    shutting_down=10.0,
    stopping=10.0,
    interface_release=30.0,
    registration=25.0,
    services=2.5,
    boot=20.0,
    restart=2.3,
    packages=15.0,
    imaging=180.0,
    gateway=90.0,
    gateway_deletion=60.0,
    delivery=1.0,
    delivery_timeout=0.0,
    event=0.3,
    put_events=0.15,
    interruption=120.0,
    status_interval=60.0,
    status_failures=2,
)

SOURCES = {
    "api": "inferred from nat-zero's docs/performance.md (us-east-1, t4g.nano, 2026): 0.5 s for a handful of "
    "reads. Above it: 3 s there for AllocateAddress and AssociateAddress together, 4 s by hand for "
    "AssociateAddress and ReplaceRoute (betternat, us-west-2)",
    "launch": "nat-zero: RunInstances is called at 0.9 s and returns at 2.3 s",
    "association": "assumed: as any other call. Nobody published it alone; 1 and 3 s, with which some faults "
    "are played as well, lie between this and what is known of it together with another call (`api`)",
    "propagation": "betternat (us-west-2, t4g.small): a client sees ReplaceRoute 435 ms after it. One sample",
    "pending": "nat-zero: `running` at 8.0 s, 5.7 s after RunInstances returned. A c5.xlarge: 4.9 s "
    "(daemonology.net, 2021)",
    "starting": "nat-zero: StartInstances is called at 0.4 s, `running` at 6.0 s; less one call",
    "shutting_down": "assumed: as long as a stop",
    "stopping": "nat-zero: about 10 s to `stopped`, with Force",
    "interface_release": "assumed: people report 30 to 60 s, and nobody published a measurement",
    "registration": "assumed: 15 to 45 s is typical; a long tail above 120 s, once or twice a day, is "
    "reported for one fleet (ngen-datastream, pull requests 361 and 362)",
    "services": "nat-zero: its node, from an image of its own in which a service makes the rules, forwards "
    "2.5 s after `running`",
    "boot": "assumed: kernel and cloud-init. With `packages`, 35 s: user data that installs packages on "
    "Amazon Linux 2023 has typically ended 30 to 90 s after the boot began",
    "restart": "nat-zero: with a node that was stopped, a client reaches the internet 2.5 s after `running`, "
    "0.2 s sooner than with a new one; less 0.2 s, which the lab's node takes for its rules",
    "packages": "assumed, with `boot`",
    "imaging": "assumed: minutes, for a snapshot of some gigabytes",
    "gateway": "assumed: AWS publishes none; people wait one to two minutes",
    "gateway_deletion": "assumed: a minute, as people's logs of Terraform show",
    "delivery": "assumed: a result comes 1 to 3 s after SendCommand. alternat waits a fixed 5 s",
    "delivery_timeout": "AWS's reference of SendCommand: TimeoutSeconds limits the delivery; 0: as sent",
    "event": "nat-zero: EventBridge delivers 0.3 s after the change of state. AWS promises best effort",
    "put_events": "bitesizedserverless.com, messaging latency compared (eu-west-1, February 2023): 148 ms "
    "from before the call until the function has it, median of 1,024 (of 90 in 100: 241 ms; of 99: 387 ms). "
    "AWS itself: 129 ms of 99 in 100 events from their arrival until the first try to deliver (August 2024)",
    "interruption": "AWS's EC2 user guide: a spot interruption notice comes two minutes before",
    "status_interval": "AWS's EC2 user guide: status checks run every minute",
    "status_failures": "assumed: AWS does not say. Karpenter and the usual alarm wait for two minutes",
}
"""Where each published figure comes from: a published measurement, AWS's documentation, or `assumed`."""

# What decides an outage is as published; what only takes long is not.
DEMO = replace(
    PUBLISHED,
    pending=1.0,
    starting=1.0,
    shutting_down=1.0,
    stopping=1.0,
    interface_release=1.0,
    registration=1.0,
    services=0.7,
    boot=1.5,
    restart=1.0,
    packages=0.5,
    gateway=5.0,
    gateway_deletion=3.0,
    delivery=0.2,
    interruption=30.0,
    status_interval=5.0,
)

PACES = {"quick": Timings(), "demo": DEMO, "published": PUBLISHED}


def provenance() -> str:
    """Returns how many of the published figures are AWS's own, others' measurements, or assumed."""
    own = sum(source.startswith("AWS's ") for source in SOURCES.values())
    assumed = sum(source.startswith("assumed") for source in SOURCES.values())
    measured = len(SOURCES) - own - assumed
    count = f"of {len(SOURCES)} delays {own} are AWS's own figures"
    return f"{count}, {measured} others measured, {assumed} are assumed"


def shortened(name: str) -> str:
    """Returns what a pace makes quicker than published, or "" for nothing; ValueError for an unknown pace."""
    chosen, known = asdict(pace(name)), asdict(PUBLISHED)
    quicker = [f"{n} {s:g} s instead of {known[n]:g} s" for n, s in chosen.items() if s < known[n]]
    return ", ".join(quicker)


def pace(name: str) -> Timings:
    """Returns new timings: `quick`, `demo` or `published`. Raises ValueError for another name."""
    if name not in PACES:
        raise ValueError(f"unknown pace {name!r}: one of {', '.join(sorted(PACES))}")
    return replace(PACES[name])


def sources(name: str) -> dict[str, tuple[float, str]]:
    """Returns each delay of a pace in seconds (checks for `status_failures`), with the published figure's
    source, or that it is not the published one. Raises ValueError for another name."""
    chosen, known = asdict(pace(name)), asdict(PUBLISHED)
    return {
        delay: (seconds, SOURCES[delay] if seconds == known[delay] else "shortened for this run")
        for delay, seconds in chosen.items()
    }
