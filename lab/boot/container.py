"""Instances that are systemd containers: a disk of their own over an image, a kernel's worth of network."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from lab.packets.corner import Corner, KernelError
from lab.packets.machine import Machine, Machines

CONTROL_GROUPS = "/run/control-groups"
_NUMBERS = itertools.count()
PATIENCE = 300.0  # a busy machine boots and ends slowly
# systemd must find version 2 of control groups at the usual place, whatever this machine has there: a group
# and a view of it that are the container's own. /proc/sys must be writable, for a node sets sysctls.
_START = """
group={groups}/{own}/{instance}
mkdir -p {disk}/up {disk}/work {disk}/root $group
mountpoint -q {disk}/root ||
  mount -t overlay overlay -o lowerdir={image},upperdir={disk}/up,workdir={disk}/work {disk}/root
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
setsid bash -c 'echo $$ >'$group'/cgroup.procs
  exec unshare --cgroup --mount --pid --fork --kill-child --mount-proc bash -c "
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    exec systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --resolv-conf=off --timezone=off \
      --machine={instance} --directory={disk}/root --bind-ro={repository}:/repository \
      --network-namespace-path=/run/netns/{instance} --capability=CAP_NET_ADMIN,CAP_NET_RAW \
      --console=pipe --boot"
' >>{disk}/console 2>&1 </dev/null &
echo $!
"""
# Its first process is a grandchild: between is systemd-nspawn, first process of a namespace of its own, for
# it asks for the first one's control group.
_WAIT = """
children() {{ cat "/proc/$1/task/$1/children" 2>/dev/null; }}
for tries in {{1..2000}}; do
  ! grep -q '^State:.Z' /proc/{outer}/status || exit 1
  for nspawn in $(children {outer}); do
    for each in $(children $nspawn); do
      [[ $(cat /proc/$each/comm 2>/dev/null) != systemd ]] || {{ echo $each; exit 0; }}
    done
  done
  sleep 0.05
done
exit 1
"""


class Containers(Machines):
    """Machines of two kinds: the lab's own, and those that were given an image."""

    def __init__(self, corner: Corner, images: Path) -> None:
        super().__init__(corner)
        self._images = images
        self._image: dict[str, str] = {}
        self._outer: dict[str, int] = {}
        self._own = f"natkeeper-{os.getpid()}-{next(_NUMBERS)}"
        corner.run(f"mkdir -p {CONTROL_GROUPS}; mount -t cgroup2 cgroup2 {CONTROL_GROUPS}")
        for own in corner.run(f"ls {CONTROL_GROUPS} | grep ^natkeeper- || true").split():
            if not Path("/proc", own.split("-")[1]).exists():
                self._scrap_group(own)

    def insert_disk(self, instance: str, image: str) -> None:
        """From now on this instance is a container that boots from `image`."""
        self._image[instance] = image

    def switch_on(self, instance: str, image: str = "") -> Machine:
        """Makes its network; a container boots when that is plugged in."""
        if instance not in self._image:
            return super().switch_on(instance, image)
        self._corner.run(f"ip netns add {instance}")
        machine = self._on[instance] = Machine(instance, 0)
        return machine

    def boot(self, instance: str) -> None:
        """Starts systemd. Returns once it answers; raises KernelError if it ends instead."""
        start = _START.format(
            groups=CONTROL_GROUPS, own=self._own, instance=instance, disk=f"/run/disks/{instance}",
            image=self._images / self._image[instance], repository=self._images / "repository",
        )  # fmt: skip
        outer = self._outer[instance] = int(self._corner.run(start))
        wait = _WAIT.format(outer=outer)
        try:
            self._on[instance].pid = int(self._corner.run(wait, seconds=PATIENCE))
        except KernelError as error:
            raise KernelError(f"{instance} does not boot: {self.console(instance)[-2000:]}") from error

    def console(self, instance: str) -> str:
        """Returns what the container has said on its console."""
        return self._corner.run(f"cat /run/disks/{instance}/console")

    def shut_down(self, instance: str, verb: str) -> None:
        """Lets systemd end it, with `reboot` or `poweroff`; its disk stays. Raises KernelError."""
        self.run(instance, f"systemctl --no-block {verb}")
        self._wait_for_end(instance)
        self._forget(instance)

    def switch_off(self, instance: str) -> None:
        """Ends everything in it at once; its disk stays."""
        if instance not in self._image:
            super().switch_off(instance)
        elif instance in self._on:
            # Process 0 would be everyone in our group, and is what one that has not booted has.
            found = [pid for pid in (self._on[instance].pid, self._outer.pop(instance, 0)) if pid]
            self._corner.run(f"for each in {' '.join(map(str, found))}; do kill -9 $each || true; done")
            self._forget(instance)

    def close(self) -> None:
        """Takes the containers' control groups away, which outlive their corner."""
        for instance in list(self._on):
            self.switch_off(instance)
        super().close()
        self._scrap_group(self._own)

    def _scrap_group(self, own: str) -> None:
        # Of what is being killed, the group stays for a moment.
        self._corner.run(
            f"for tries in {{1..100}}; do [[ -e {CONTROL_GROUPS}/{own} ]] || exit 0\n"
            f"find {CONTROL_GROUPS}/{own} -depth -type d -exec rmdir {{}} + 2>/dev/null || sleep 0.05; done",
            seconds=PATIENCE,
        )

    def _wait_for_end(self, instance: str) -> None:
        outer = self._outer.pop(instance)
        # Nobody collects what has died in a corner.
        self._corner.run(
            "for tries in {1..3000}; do "
            f"grep -q '^State:.Z' /proc/{outer}/status && exit; sleep 0.05; done\n"
            f"echo '{instance} does not end' >&2; exit 1",
            seconds=PATIENCE,
        )

    def _forget(self, instance: str) -> None:
        machine = self._on.pop(instance)
        self._corner.run(f"ip netns del {instance}")
        machine.interrupt()
