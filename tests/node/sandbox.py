"""A VPC of network namespaces in a private corner of this machine, which is gone when its process ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
NODE = "10.0.0.10"
PRIVATE_HOST = "10.0.1.10"
OUTSIDE = "198.51.100.10"

_CORNER = f"""
mount -t tmpfs tmpfs /run
for dir in /etc /usr/local /var; do
  mkdir -p /run/over$dir/up /run/over$dir/work
  mount -t overlay overlay -o lowerdir=$dir,upperdir=/run/over$dir/up,workdir=/run/over$dir/work $dir
done
mkdir -p /run/netns /run/bin
cp {HERE}/stand_ins/systemctl /run/bin/systemctl
cp {HERE}/stand_ins/packages /run/bin/dnf
cp {HERE}/stand_ins/packages /run/bin/apt-get
# Swap is the whole machine's: nothing in here is to make any, however little memory this machine has.
cp {HERE}/stand_ins/swap /run/bin/mkswap
cp {HERE}/stand_ins/swap /run/bin/swapon
sed 's/^MemTotal:.*/MemTotal:        2097152 kB/' /proc/meminfo >/run/memory
mount --bind /run/memory /proc/meminfo
rm -f /etc/resolv.conf
echo nameserver {OUTSIDE} >/etc/resolv.conf
echo ready
# Ends with the tests, however they end: then nobody holds the other end of the pipe.
exec cat >/dev/null
"""

_VPC = f"""
for name in vpc node spare private outside; do ip netns add $name; ip -n $name link set lo up; done
link() {{
  ip -n vpc link add "to-$1" type veth peer name ens5 netns "$1"
  ip -n vpc addr add "$3/32" dev "to-$1"
  ip -n vpc link set "to-$1" up
  ip -n "$1" addr add "$2/24" dev ens5
  ip -n "$1" link set ens5 up
  ip -n "$1" route add default via "$3"
}}
link node {NODE} 10.0.0.1
link spare {NODE} 10.0.0.1
link private {PRIVATE_HOST} 10.0.1.1
link outside {OUTSIDE} 198.51.100.1
ip -n vpc route add {PRIVATE_HOST}/32 dev to-private
ip -n vpc route add {OUTSIDE}/32 dev to-outside
ip -n vpc rule add iif to-private to 10.0.0.0/16 lookup main prio 90
ip -n vpc rule add iif to-private lookup 100 prio 100
ip netns exec vpc sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
"""


class Sandbox:
    """The corner and the VPC in it. Serving node: `node`, or `spare` after `take_over`."""

    def __init__(self) -> None:
        rootless = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self._corner = subprocess.Popen(
            ["unshare", *rootless, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "bash", "-ec", _CORNER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self._corner.stdout is not None
        self.refusal = ""
        heard = self._corner.stdout.readline().strip()
        if heard != "ready":
            self.refusal = heard or "unshare said nothing"
            return
        children = Path(f"/proc/{self._corner.pid}/task/{self._corner.pid}/children").read_text().split()
        self._enter = ["nsenter", "-t", children[0], *(["-U", "--preserve-credentials"] if rootless else []),
                       "-n", "-m", "-p", "--"]  # fmt: skip
        self.run(_VPC).check_returncode()
        self.take_over("node")
        for place, kind in (("outside", "web"), ("outside", "dns"), ("private", "ssh"), ("outside", "ssh")):
            self.run(
                f"setsid {sys.executable} {HERE}/services.py {kind} >/run/{kind}.log 2>&1 </dev/null &", place
            )
        wait_for(lambda: not self.run("exec 3<>/dev/tcp/127.0.0.1/80", "outside").returncode)
        wait_for(lambda: not self.run("exec 3<>/dev/tcp/127.0.0.1/22", "private").returncode)
        wait_for(lambda: not self.run("exec 3<>/dev/tcp/127.0.0.1/22", "outside").returncode)

    def argv(self, command: str, place: str = "") -> list[str]:
        """Returns the command line that runs `command` with bash in the namespace `place`."""
        there = ["ip", "netns", "exec", place] if place else []
        path = f"PATH=/run/bin:/usr/local/sbin:{os.environ['PATH']}:/usr/sbin:/sbin"
        return [*self._enter, *there, "env", path, "bash", "-c", command]

    def run(self, command: str, place: str = "", text: str = "") -> subprocess.CompletedProcess[str]:
        """Runs `command` and returns what it said."""
        return subprocess.run(
            self.argv(command, place), input=text, capture_output=True, text=True, timeout=30, check=False
        )

    def read(self, command: str, place: str = "") -> str:
        """Returns the output of a command that must succeed."""
        done = self.run(command, place)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def boot(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs user data on the node, as cloud-init does."""
        return self.run("cat >/run/user-data && chmod 700 /run/user-data && /run/user-data", "node", script)

    def await_guard(self) -> None:
        """Returns once the guard looks; it starts beside user data, and may come after its end."""
        wait_for(lambda: self.run("test -e /run/natkeeper/guard", "node").returncode == 0)

    def take_over(self, node: str) -> None:
        """Points the route and the node's address at `node`, as ReplaceRoute and AssociateAddress do."""
        self.read(
            f"ip -n vpc route replace {NODE}/32 dev to-{node};"
            f"ip -n vpc route replace default via {NODE} dev to-{node} onlink table 100"
        )

    def talk(self, place: str, address: str, port: int) -> subprocess.Popen[str]:
        """Returns a TCP connection as a process: a line in is a line sent, a line out is a line received."""
        code = f"""
import os, socket, sys, threading
peer = socket.create_connection(("{address}", {port}), 3)
peer.settimeout(10)
def hear():
    try:
        for line in peer.makefile():
            print(line, end="", flush=True)
    finally:
        os._exit(0)
threading.Thread(target=hear, daemon=True).start()
for line in sys.stdin:
    peer.sendall(line.encode())
"""
        argv = self.argv(f"exec {sys.executable} -u -c '{code}'", place)
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self) -> None:
        """Ends every process in the corner; the kernel removes the rest."""
        self._corner.kill()
        self._corner.communicate()


def wait_for(fact: Callable[[], bool], seconds: float = 5) -> float:
    """Returns after how many seconds `fact` became true. AssertionError: it did not in time."""
    start = time.monotonic()
    while not fact():
        assert time.monotonic() - start < seconds, "it did not become true in time"
        time.sleep(0.05)
    return time.monotonic() - start
