"""A private corner of this machine: namespaces of its own, which are gone when the process that made it ends.

Nothing in it can reach this machine's interfaces, routes or firewall.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("ip", "nft", "iptables-restore", "curl", "nsenter", "unshare", "setpriv", "flock")
# Of what enters from outside, only the first process would die of a kill, and what it started would stay.
MORTAL = ["setpriv", "--pdeathsig", "KILL"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FIRST = """
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/disks /run/metadata
# A copy, so that even one who is root only in here may change it; what root alone may read stays out.
cp -dR /etc /run/etc 2>/dev/null || true
ip link set lo up
echo ready
# The other end of this pipe closes with the process that holds it, however that one ends.
exec cat >/dev/null
"""
# A script ends with a zero byte; what follows is its input.
_TO_COME = 'IFS= read -rd "" script && set -e && eval "$script"'
_TRIAL_OF_A_DISK = """
mkdir -p /run/trial/{up,work}
read -r _ _ users </proc/self/uid_map
[[ $users == 1 ]] && rootless=userxattr, || rootless=
over=lowerdir=/run/etc,upperdir=/run/trial/up,workdir=/run/trial/work
unshare --mount mount -t overlay overlay -o "$rootless$over" /etc
"""


class KernelError(RuntimeError):
    """The kernel, or a program in the corner, refused."""


def refusal() -> str:
    """Returns why this machine cannot have a corner: one line, empty when it can."""
    paths = PATH.split(":")
    missing = [p for p in PROGRAMS if not any(os.access(f"{path}/{p}", os.X_OK) for path in paths)]
    if missing:
        return f"missing programs: {', '.join(missing)} (as root, `make system` installs them)"
    try:
        corner = Corner()
    except KernelError as error:
        return str(error)
    try:
        corner.run("ip netns add a && ip netns add b && ip -n a link add x type veth peer name y netns b")
        corner.run("nft add table ip trial && iptables -t nat -L -n", place="a")
        corner.run(_TRIAL_OF_A_DISK)
    except KernelError as error:
        return str(error)
    finally:
        corner.close()
    return ""


class Corner:
    """Starts when made. Raises KernelError where the kernel grants no namespaces."""

    def __init__(self) -> None:
        rootless = ["--user", "--map-root-user"] if os.geteuid() else []
        self._process = subprocess.Popen(
            ["unshare", *rootless, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "bash", "-ec", _FIRST],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PATH": PATH}, start_new_session=True,
        )  # fmt: skip
        self._lock = threading.Lock()
        self._spawned: list[subprocess.Popen[bytes]] = []
        self._waiting: dict[str, subprocess.Popen[str]] = {}
        assert self._process.stdout is not None
        heard = self._process.stdout.readline().strip()
        if heard != "ready":
            self._process.kill()
            self._process.communicate()
            raise KernelError(f"no private namespaces here: {heard or 'unshare said nothing'}")
        mine = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        self.pid = int(Path(mine).read_text().split()[0])
        self._first = os.pidfd_open(self.pid)

    def argv(self, command: list[str], place: str = "") -> list[str]:
        """Returns the command line that runs a command in the corner, in network namespace `place`.

        Raises KernelError when the corner is gone: its process id may be another's by now.
        """
        if self._process.poll() is not None:
            raise KernelError("the corner is gone")
        user = ["-U", "--preserve-credentials"] if os.geteuid() else []
        there = ["ip", "netns", "exec", place] if place else []
        # Nothing of this machine's environment: a proxy of its own, say, would be asked from inside.
        env = ["env", "-i", f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8"]
        return [
            "nsenter",
            "-t",
            str(self.pid),
            *user,
            "-n",
            "-m",
            "-p",
            "--",
            *MORTAL,
            *env,
            *there,
            *command,
        ]

    def expect(self, place: str = "") -> None:
        """From now on a shell waits in `place`, which stays as long as the corner, for the next script: that
        begins without the time it takes to get there."""
        with self._lock:
            if place not in self._waiting and self._process.returncode is None:
                self._waiting[place] = self._shell(place)

    def run(self, script: str, place: str = "", text: str = "", seconds: float = 30) -> str:
        """Runs a bash script to its end. Returns its output; raises KernelError unless it succeeds."""
        waiting = self._waiting.pop(place, None)
        with waiting or self._shell(place) as shell:
            try:
                said, complaint = shell.communicate(f"{script}\0{text}", seconds)
            finally:
                shell.kill()
        if waiting:
            self.expect(place)
        if shell.returncode:
            told = f"{script[:300]}\n{text[:2000]}\n{complaint.strip()[:1000]}"
            raise KernelError(f"{place or 'corner'}: {told}")
        return said

    def _shell(self, place: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        argv = self.argv(["bash", "-c", _TO_COME], place)
        return subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def spawn(self, command: list[str], place: str, log: Path) -> subprocess.Popen[bytes]:
        """Starts a program that stays until the corner goes; what it says is in `log`."""
        with log.open("ab") as said:
            started = subprocess.Popen(
                self.argv(command, place),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._spawned.append(started)
        return started

    def hear(self, command: list[str], place: str, log: Path, each: Callable[[str], None]) -> None:
        """Starts a program that stays until the corner goes; `each` is given every line that it prints."""
        with log.open("ab") as said:
            started = subprocess.Popen(
                self.argv(command, place),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
        self._spawned.append(started)
        assert started.stdout is not None
        lines = io.TextIOWrapper(started.stdout)

        def listen() -> None:
            with lines:
                for line in lines:
                    each(line)

        threading.Thread(target=listen, daemon=True, name=f"hears {command[1]}").start()

    def close(self) -> None:
        """Ends every process in the corner; the kernel removes the rest. May be called again."""
        with self._lock:
            if self._process.returncode is not None:
                return
            # The first process ends last, for the kernel lets it wait for all others; `unshare` waits for it.
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
            self._process.communicate()
            os.close(self._first)
            for each in self._spawned:
                each.kill()
                each.wait()
            for shell in self._waiting.values():
                shell.kill()
                shell.communicate()
            self._waiting.clear()
