"""The tree that guests boot from: a small Debian, like the base image but for what boots a disk.

mmdebstrap makes one a release and a day, with that day's package indexes in it, in .test-cache, or
in the folder that DEVBOX_TEST_CACHE names. Guests only ever read it. Beside it lies a folder of the
packages (.deb) that guests have fetched, which later ones install without fetching them again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from devbox.host.locks import lock
from devbox.host.process import run
from devbox.images.sources import sources

_CACHE = Path(__file__).parents[2] / ".test-cache"
RELEASES = ("bookworm", "trixie")
_MIRROR = "http://deb.debian.org/debian"
_PACKAGES = (
    "ca-certificates,dbus,iproute2,iputils-ping,kmod,less,libpam-systemd,locales,netbase,perl,"
    "procps,python3,python3-apt,rsync,sudo,systemd-sysv,udev,zstd"
)
# What a guest of half a minute need not do.
_MASKED = (
    "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer "
    "man-db.timer logrotate.timer systemd-tmpfiles-clean.timer console-getty.service"
)
# Where Debian keeps the authorities that an administrator added; the guests trust them, too.
_AUTHORITIES = Path("/usr/local/share/ca-certificates")
_SCRIPT = f"""
set -eu
root=$1
# As in every build: ansible/roles/_begin.
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/devbox-build"
# The packages that one guest fetched are there for the next.
echo 'APT::Keep-Downloaded-Packages "true";' > "$root/etc/apt/apt.conf.d/90keep"
chroot "$root" useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/vagrant"
names='127.0.0.1 localhost devbox\\n::1 localhost ip6-localhost ip6-loopback\\n'
printf "$names" > "$root/etc/hosts"
echo devbox > "$root/etc/hostname"
# As the base image has it: devbox/build/guest.
chroot "$root" systemctl --quiet mask {_MASKED}
if [ -d {_AUTHORITIES} ]; then
    cp -rL {_AUTHORITIES}/. "$root{_AUTHORITIES}/"
    chroot "$root" update-ca-certificates
fi
"""


def cache_folder() -> Path:
    """Return the folder of trees, and of what else all runs of the tests share."""
    folder = Path(os.environ.get("DEVBOX_TEST_CACHE") or _CACHE) / "roles"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tree(release: str) -> Path:
    """Return the tree of a release (Debian's name of it), made only if today's is not there yet."""
    cache = cache_folder()
    recipe = f"{_PACKAGES} {_MIRROR} {_SCRIPT} {_authorities()}"
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    today = dt.datetime.now(dt.UTC).date()
    wanted = cache / f"{release}-{today}-{key}"
    with lock(cache / f"{release}.lock", f"a tree of {release}", timeout=600):
        if wanted.is_dir():
            return wanted
        with tempfile.TemporaryDirectory(dir=cache, prefix=".making-") as scratch:
            made = Path(scratch) / "tree"
            script = Path(scratch) / "customize.sh"
            script.write_text(_SCRIPT)
            run(
                [
                    *("mmdebstrap", "--mode=root", "--variant=minbase", f"--include={_PACKAGES}"),
                    *("--skip=cleanup/apt/lists", '--aptopt=Acquire::Languages "none"'),
                    f'--customize-hook=sh {script} "$1"',
                    *(release, made),
                    *(source.line() for source in sources(release, _MIRROR)),
                ],
                timeout=600,
            )
            # One of yesterday is left to whoever still runs on it, one of before is not.
            yesterday = cache / f"{release}-{today - dt.timedelta(days=1)}-{key}"
            for old in cache.glob(f"{release}-*"):
                if old != yesterday:
                    shutil.rmtree(old)
            made.rename(wanted)
    return wanted


def _authorities() -> str:
    """Return what the host trusts beside Debian's own authorities."""
    found = sorted(_AUTHORITIES.rglob("*.crt")) if _AUTHORITIES.is_dir() else []
    return " ".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in found)
