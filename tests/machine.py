"""A machine to install something on: what lies on this one, with a systemd, users and a network of its own.

It is made of the kernel's namespaces and an overlay whose upper layer lies in memory, so that a test does what the
guides say to the letter, as root, and nothing is left behind. Debian's systemd is its first process.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.start import ROOT, within

_APART = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net"]
_SYSTEMD = Path("/lib/systemd/systemd")
# Of Debian's own units none is started: they would look after a whole machine, its devices and its temporary files.
_BOOT = r"""
mount -t tmpfs -o mode=755 machine "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" machine "$1/root"
cd "$1/root"
mount --rbind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mkdir -p mnt/before
pivot_root . mnt/before
umount --lazy /mnt/before
ip link set lo up
rm -rf /etc/systemd/system /etc/fstab /var/lib/systemd /srv
mkdir -p /etc/systemd/system /srv
for unit in /lib/systemd/system/*.wants/*; do
    case "$unit" in */dbus.*) ;; *) ln -sf /dev/null "/etc/systemd/system/${unit##*/}" ;; esac
done
printf '%s\n' '[Unit]' 'DefaultDependencies=no' 'Wants=dbus.socket dbus.service' > /etc/systemd/system/tests.target
container=tests exec /lib/systemd/systemd --system --unit=tests.target --log-target=null --show-status=0
"""
_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin"  # Debian's Python before any other


class Machine:
    """A machine that runs until `end`.

    Args:
        folder: an empty one, for what is mounted.
    """

    def __init__(self, folder):
        if not _SYSTEMD.exists() or shutil.which("dbus-daemon") is None:
            pytest.skip("systemd or dbus is not installed")
        self._as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        if subprocess.run([*self._as_root, "unshare", *_APART, "true"], check=False).returncode:
            pytest.skip("no namespaces may be made here")
        self._outer = subprocess.Popen(
            [*self._as_root, "unshare", *_APART, "--fork", "--kill-child", "bash", "-euc", _BOOT, "boot", str(folder)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if not within(60, lambda: self.run("systemctl is-active tests.target").returncode == 0):
            self.end()
            pytest.fail("The machine has not begun within a minute.")

    def run(self, text, *, is_online=False, **environment):
        """Return how a script for Bash ended there, and what it said.

        Args:
            text: ends with the first command that fails.
            is_online: use the network of the machine below.
            environment: more variables.
        """
        given = [f"{name}={value}" for name, value in environment.items()]
        kept = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("PIP_")]
        return subprocess.run(
            [*self._as_root, *self._entry(is_online), "env", "-i", f"PATH={_PATH}", "HOME=/root", *kept, *given,
             "bash", "-euo", "pipefail", "-c", f"cd /srv\n{text}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
            check=False,
        )  # fmt: skip

    def lay_out(self, place):
        """Put a clone of the project there, as it is now."""
        listed = "ls-files --cached --others --exclude-standard -z"
        copied = f"xargs -0 cp --parents --no-dereference --target-directory={place}"
        present = (
            "while IFS= read -r -d '' name; do [ ! -e \"$name\" ] || printf '%s\\0' \"$name\"; done"
        )
        text = f"mkdir -p {place}; cd {ROOT}; git -c safe.directory='*' {listed} | {present} | {copied}"
        done = self.run(text)
        assert done.returncode == 0, done.stdout

    def end(self):
        """Switch it off."""
        number = self._first()
        if number is not None:
            subprocess.run([*self._as_root, "kill", "-KILL", str(number)], check=False)
        self._outer.wait(timeout=60)

    def _entry(self, is_online):
        apart = [each for each in _APART if not (is_online and each == "--net")]
        return ["nsenter", f"--target={self._first()}", *apart]

    def _first(self):
        """Return the number that its first process has here."""
        parents = [self._outer.pid]
        while parents:
            parent = parents.pop()
            try:
                below = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
                names = {child: Path(f"/proc/{child}/comm").read_text().strip() for child in below}
            except FileNotFoundError:  # it has ended meanwhile
                continue
            for child, name in names.items():
                if name not in {"sudo", "unshare"}:
                    return int(child)
            parents += below
        return None
