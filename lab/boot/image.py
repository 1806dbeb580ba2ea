"""The images that nodes boot from: built once, and again when their recipe changes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from lab.packets.corner import MORTAL

ROOT = Path(__file__).parents[2]
RECIPE = Path(__file__).parent / "recipe"
CACHE = ROOT / "build" / "boot"
# What mmdebstrap mounts goes with it, however it ends.
PRIVATELY = [*MORTAL, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "rpmbuild": "rpm",
    "createrepo_c": "createrepo-c",
    "dpkg-scanpackages": "dpkg-dev",
}


class BuildError(RuntimeError):
    """The images could not be built."""


def refusal() -> str:
    """Returns why this machine cannot boot a node: one line with what to do, empty when it can."""
    if os.geteuid():
        return "a node boots only for root: systemd needs a cgroup of its own; run `make boot-test` as root"
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if missing:
        return f"missing packages: {', '.join(missing)}; `bash lab/system-packages.sh boot` installs them"
    if "cgroup2" not in Path("/proc/filesystems").read_text():
        return "this kernel has no cgroup2, which systemd needs; use another machine"
    return ""


def images() -> Path:
    """Returns the folder with `amazon`, `debian` and `repository`, built if need be. Raises BuildError."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = CACHE / recipe_hash()
        if not wanted.is_dir():
            for old in CACHE.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            _build(wanted)
    return wanted


def recipe_hash() -> str:
    """Returns a name for the recipe as it is now."""
    seen = hashlib.sha256()
    for file in sorted(RECIPE.rglob("*")):
        if file.is_file():
            seen.update(f"{file.relative_to(RECIPE)}\n".encode() + file.read_bytes())
    return seen.hexdigest()[:16]


def _build(wanted: Path) -> None:
    half = wanted.with_suffix(".half")
    log = CACHE / "build.log"
    with log.open("wb") as said:
        done = subprocess.run(
            [*PRIVATELY, str(RECIPE / "build"), str(half)], stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if done.returncode:
        shutil.rmtree(half, ignore_errors=True)
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise BuildError(f"the images could not be built: {''.join(last)[:300]}; all of it is in {log}")
    half.rename(wanted)
