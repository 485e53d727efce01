"""Put Node.js, and npm if it is wanted, from an npm registry into /usr/local.

On stdin a JSON object: ``registry``, ``version`` (22, or 22.11.0) and ``npm`` (whether). What is
there already in that version stays. Prints what it has installed, so nothing for no change.

A registry's answers: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

PREFIX = "/usr/local"
NODE = PREFIX + "/bin/node"
NPM = PREFIX + "/lib/node_modules/npm"
PROCESSORS = {"x86_64": "x64", "aarch64": "arm64"}


def numbers(version):
    return tuple(int(number) for number in version.split("."))


def released(registry, package):
    """Return the versions of a package, without those that are tried out, oldest first."""
    request = urllib.request.Request(
        registry + package, headers={"Accept": "application/vnd.npm.install-v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found = json.load(answer)["versions"]
    names = [name for name in found if re.fullmatch(r"\d+\.\d+\.\d+", name)]
    return {name: found[name] for name in sorted(names, key=numbers)}


def runs_on(manifest, node):
    """Say whether a package's ``engines`` let a version of Node.js run it."""
    for wanted in manifest.get("engines", {}).get("node", ">=0").split("||"):
        parts = re.fullmatch(r"\s*(\^|>=)\s*v?(\d+(?:\.\d+){0,2})\s*", wanted)
        if parts:
            low = (*numbers(parts[2]), 0, 0)[:3]
            if node >= low and (parts[1] == ">=" or node[0] == low[0]):
                return True
    return False


def unpack(manifest, place):
    """Fetch a package, check it against its digest, and call place(name) for each file's path."""
    algorithm, _, digest = manifest["dist"]["integrity"].split()[0].partition("-")
    if algorithm not in ("sha256", "sha384", "sha512"):
        sys.exit(f"{manifest['name']}: its digest is {algorithm}, which proves little")
    with tempfile.TemporaryFile(dir="/var/tmp") as packed:
        with urllib.request.urlopen(manifest["dist"]["tarball"], timeout=60) as answer:
            shutil.copyfileobj(answer, packed)
        packed.seek(0)
        computed = hashlib.new(algorithm)
        while chunk := packed.read(1 << 20):
            computed.update(chunk)
        if base64.b64encode(computed.digest()).decode() != digest:
            sys.exit(f"{manifest['dist']['tarball']}: its digest is not what the registry says")
        packed.seek(0)
        with tarfile.open(fileobj=packed, mode="r:gz") as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                path = place(name) if member.isfile() and ".." not in name.split("/") else None
                if path:
                    # Aside and renamed: a program that runs cannot be written over.
                    aside = Path(path + ".new")
                    aside.parent.mkdir(parents=True, exist_ok=True)
                    with aside.open("wb") as target:
                        shutil.copyfileobj(tar.extractfile(member), target)
                    aside.chmod(0o755 if member.mode & 0o100 else 0o644)
                    aside.rename(path)


def place_node(name):
    if name == "LICENSE":
        return PREFIX + "/share/doc/node/LICENSE"
    return PREFIX + "/" + name if name.startswith(("bin/", "include/", "share/")) else None


def installed():
    try:
        return subprocess.check_output([NODE, "--version"], text=True).strip().lstrip("v")
    except (OSError, subprocess.CalledProcessError):
        return ""


def install_node(registry, wanted):
    if (installed() + ".").startswith(wanted + "."):
        return
    processor = PROCESSORS.get(os.uname().machine)
    if processor is None:
        sys.exit(f"npm has no Node.js for the processor {os.uname().machine}")
    found = released(registry, "node-linux-" + processor)
    fitting = [name for name in found if (name + ".").startswith(wanted + ".")]
    if not fitting:
        sys.exit(f"{registry} has no Node.js {wanted}; its newest is {list(found)[-1]}")
    unpack(found[fitting[-1]], place_node)
    print("node", installed())


def install_npm(registry):
    node = numbers(installed())
    try:
        if runs_on(json.loads(Path(NPM, "package.json").read_text(encoding="utf-8")), node):
            return
    except OSError:
        pass
    version, manifest = [
        item for item in released(registry, "npm").items() if runs_on(item[1], node)
    ][-1]
    shutil.rmtree(NPM, ignore_errors=True)
    unpack(manifest, lambda name: NPM + "/" + name)
    for name in ("npm", "npx"):
        program = Path(NPM, "bin", f"{name}-cli.js")
        program.chmod(0o755)
        link = Path(PREFIX, "bin", name)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(program, link.parent))
    print("npm", version)


def main():
    wanted = json.load(sys.stdin)
    registry = wanted["registry"].rstrip("/") + "/"
    install_node(registry, wanted["version"])
    if wanted["npm"]:
        install_npm(registry)


main()
