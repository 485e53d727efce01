"""Write Mosquitto's password file from the users on stdin; print "changed" if it was another.

A line is ``name:$7$iterations$salt$hash``, salt and hash in base64, the hash PBKDF2 with SHA-512,
as mosquitto_passwd writes it. That program takes passwords as arguments, which all may read, and
makes a new salt each time, so that nobody could say whether anything has changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

FILE = Path("/etc/mosquitto/devbox.passwd")


def digest(password: str, salt: bytes, iterations: int) -> str:
    """Return a hash in base64."""
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    return base64.b64encode(made).decode()


def line(user: dict[str, str], before: str) -> str:
    """Return a user's line: the one before if the password is that one's."""
    name, password = user["name"], user["password"]
    if before.startswith("$7$"):
        iterations, salt, made = before.removeprefix("$7$").split("$")
        if digest(password, base64.b64decode(salt), int(iterations)) == made:
            return f"{name}:{before}\n"
    salt = os.urandom(12)
    return f"{name}:$7$101${base64.b64encode(salt).decode()}${digest(password, salt, 101)}\n"


def main() -> None:
    """Write the file."""
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else None
    before = dict(each.split(":", 1) for each in (text or "").splitlines() if ":" in each)
    wanted = "".join(line(user, before.get(user["name"], "")) for user in json.load(sys.stdin))
    if wanted == text:
        return
    print("changed")
    new = FILE.with_suffix(".new")
    new.touch(mode=0o640)
    shutil.chown(new, "root", "mosquitto")
    new.write_text(wanted, encoding="utf-8")
    new.rename(FILE)


main()
