"""A small VPC in corrected moto with packets under it: one public subnet, two private ones."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.ec2.clock import Action, WallClock, wait_until
from lab.ec2.event_bus.events import Event
from lab.ec2.world import World
from lab.packets.underlay import Underlay

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ssm import SSMClient

TALK = Path(__file__).with_name("talk.py")
SERVER, ADMIN, STRANGER = "198.51.100.10", "198.51.100.20", "198.51.101.7"
OPEN: list[Any] = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


class StoppableClock(WallClock):
    """Real time until the test has ended."""

    def __init__(self) -> None:
        self.ended = False

    def later(self, seconds: float, action: Action) -> None:
        """Runs `action`, unless it has all ended by then."""
        super().later(seconds, lambda: None if self.ended else action())


class Conversation:
    """A process in some place that says a line, and tells what it heard."""

    def __init__(self, argv: list[str]) -> None:
        self.state = ""  # of a connection: up, or down and why
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def heard(self) -> str:
        """Returns the next line, empty when nothing came in a second."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def first(self) -> str:
        """Returns the next line after at most five seconds of silence."""
        return next((line for _ in range(5) if (line := self.heard())), "")

    def say(self, text: str) -> str:
        """Says a line. Returns what came back."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()
        return self.heard()

    def close(self) -> None:
        """Ends our side of it; what is inside ends with the corner."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@dataclass
class Region:
    """What tests need of it."""

    ec2: EC2Client
    ssm: SSMClient
    world: World
    underlay: Underlay
    image: str
    events: list[Event]
    """What has come to the bus."""
    vpc: str = ""
    public: str = ""
    one: str = ""
    two: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    group: str = ""
    conversations: list[Conversation] = field(default_factory=list)

    def build(self) -> None:
        """Makes the VPC: every subnet has a table of its own, and the public one's leads out."""
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.public, self.one, self.two = (self._subnet(f"10.0.{number}.0/24") for number in range(3))
        self.group = self.new_group("open", OPEN)
        ec2.create_route(
            RouteTableId=self.tables[self.public], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )

    def _subnet(self, cidr: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        self.tables[made] = table
        return made

    def new_group(self, name: str, ingress: list[Any]) -> str:
        """Creates a security group; what leaves is all allowed."""
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        if ingress:
            self.ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=ingress)
        return made

    def launch(
        self, subnet: str, *, public: bool = False, group: str = "", user_data: str = "", image: str = "",
        secondary: int = 0,
    ) -> str:  # fmt: skip
        """Launches, and waits until it is on the network. Returns its id."""
        interface: Any = {
            "DeviceIndex": 0,
            "SubnetId": subnet,
            "Groups": [group or self.group],
            "AssociatePublicIpAddress": public,
            **({"SecondaryPrivateIpAddressCount": secondary} if secondary else {}),
        }
        made = self.ec2.run_instances(
            ImageId=image or self.image, InstanceType="t3.nano", MinCount=1, MaxCount=1,
            NetworkInterfaces=[interface], UserData=user_data,
        )["Instances"][0]["InstanceId"]  # fmt: skip
        self.wait_online(made)
        return made

    def wait_online(self, instance: str) -> None:
        """Returns when an instance is on the network."""

        def online() -> bool:
            machine = self.underlay._machines.get(instance)
            return machine is not None and machine.plugged.is_set()

        assert wait_until(online, 10, 0.01), self.world.refusals

    def instance(self, instance: str) -> Any:
        """Returns what DescribeInstances says."""
        found = self.ec2.describe_instances(InstanceIds=[instance])
        return found["Reservations"][0]["Instances"][0]

    def interface(self, instance: str) -> str:
        """Returns the id of an instance's interface."""
        return str(self.instance(instance)["NetworkInterfaces"][0]["NetworkInterfaceId"])

    def private(self, instance: str) -> str:
        """Returns an instance's private address."""
        return str(self.instance(instance)["PrivateIpAddress"])

    def secondary(self, instance: str) -> str:
        """Returns the first secondary private address of an instance's interface."""
        listed = self.instance(instance)["NetworkInterfaces"][0]["PrivateIpAddresses"]
        return next(str(each["PrivateIpAddress"]) for each in listed if not each["Primary"])

    def elastic(self) -> tuple[str, str]:
        """Returns a new elastic address and its allocation."""
        made = self.ec2.allocate_address(Domain="vpc")
        return made["PublicIp"], made["AllocationId"]

    def uncheck(self, instance: str) -> None:
        """Lets an instance forward."""
        self.ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})

    def settle(self) -> None:
        """Returns when the kernel has followed. Fails when it could not."""
        assert self.underlay._follower is not None
        self.underlay._follower.settle()
        assert not self.world.refusals

    def run(self, place: str, script: str) -> str:
        """Runs a script in an instance, or in `internet`. Returns its output, whatever its exit code."""
        argv = [*self.underlay.guest.enter(place), "bash", "-c", script]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def fetch(self, place: str, address: str = SERVER) -> str:
        """Returns what a web server answers, which is the address it sees; empty when none does."""
        return self.run(place, f"curl -s -m 0.7 http://{address}/")

    def pings(self, place: str, address: str) -> bool:
        """Returns whether somebody answers at an address."""
        return self.run(place, f"{sys.executable} {TALK} ping {address}") == "pong"

    def losses(self, place: str, address: str, seconds: float) -> int:
        """Returns how many of a thousand echoes a second are lost, for so many seconds."""
        return int(self.run(place, f"{sys.executable} {TALK} pings {address} {seconds}"))

    def talk(self, place: str, address: str, port: int, source: str = "0.0.0.0") -> Conversation:
        """Opens a TCP connection and waits until it stands."""
        made = self._converse(place, f"tcp {address} {port} {source}")
        made.state = made.heard()
        return made

    def send(self, place: str, address: str, port: int, source: str, text: str) -> None:
        """Sends a datagram, from an address that need not be the place's own."""
        self.run(place, f"{sys.executable} {TALK} send {address} {port} {source} {text}")

    def flood(self, place: str, address: str, port: int, source: str) -> None:
        """Sends random datagrams until all ends, from an address that need not be the place's own."""
        assert self._converse(place, f"flood {address} {port} {source}").heard() == "ready"

    def listen(self, place: str, port: int) -> Conversation:
        """Listens for datagrams; hears who sent each, and what."""
        made = self._converse(place, f"udp {port}")
        assert made.heard() == "ready"
        return made

    def _converse(self, place: str, arguments: str) -> Conversation:
        enter = self.underlay.guest.enter(place)
        made = Conversation([*enter, sys.executable, str(TALK), *arguments.split()])
        self.conversations.append(made)
        return made
