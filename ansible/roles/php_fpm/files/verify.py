"""Run a script in each pool of PHP-FPM; what is wanted comes as JSON on stdin."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

# FastCGI 1.0: https://fastcgi-archives.github.io/FastCGI_Specification.html
_BEGIN, _END, _PARAMS, _STDIN, _STDOUT, _STDERR = 1, 3, 4, 5, 6, 7

SCRIPT = """<?php
$wanted = json_decode(getenv('DEVBOX_WANTED') ?: $_SERVER['DEVBOX_WANTED'], true);
$ini = [];
foreach ($wanted['ini'] as $name) { $ini[$name] = ini_get($name); }
$environment = [];
foreach ($wanted['environment'] as $name) { $environment[$name] = getenv($name); }
echo json_encode([
    'version' => PHP_VERSION,
    'extensions' => array_map('strtolower', get_loaded_extensions()),
    'ini' => $ini,
    'environment' => $environment,
    'process' => getmypid(),
]);
"""
# What an extension calls itself, where it is not as its package.
CALLED = {"mysql": "mysqli", "sqlite3": "pdo_sqlite", "opcache": "zend opcache", "xml": "dom"}
NO_EXTENSIONS = {"cli", "common", "dev", "fpm", "pear"}


def pairs(values: dict[str, str]) -> bytes:
    """Return names and values as they stand in a record."""
    made = b""
    for name, value in values.items():
        for text in (name.encode(), value.encode()):
            made += struct.pack(">I", len(text) | 0x80000000)
        made += name.encode() + value.encode()
    return made


def record(kind: int, content: bytes) -> bytes:
    """Return one record of the only request."""
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def connect(listen: str) -> socket.socket:
    """Return a connection to a pool."""
    if listen.startswith("/"):
        there = socket.socket(socket.AF_UNIX)
        there.settimeout(30)
        there.connect(listen)
        return there
    host, _, port = listen.rpartition(":")
    return socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), 30)


def run_script(script: Path, listen: str, wanted: dict) -> dict:
    """Run the script in the pool that listens there, and return what it says."""
    values = {
        "SCRIPT_FILENAME": str(script),
        "SCRIPT_NAME": "/verify.php",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "DEVBOX_WANTED": json.dumps(wanted),
    }
    with connect(listen) as there:
        there.sendall(
            record(_BEGIN, struct.pack(">HB5x", 1, 0))
            + record(_PARAMS, pairs(values))
            + record(_PARAMS, b"")
            + record(_STDIN, b"")
        )
        stream, said, errors = there.makefile("rb"), b"", b""
        while True:
            head = stream.read(8)
            if len(head) < 8:
                sys.exit(f"{listen}: the connection was closed")
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", head)
            content = stream.read(length + padding)[:length]
            said += content if kind == _STDOUT else b""
            errors += content if kind == _STDERR else b""
            if kind == _END:
                break
    body = said.partition(b"\r\n\r\n")[2]
    if not body.startswith(b"{"):
        sys.exit(f"{listen} answers {said!r} {errors!r}")
    return json.loads(body)


def is_same(wanted: object, found: str | None) -> bool:
    """Say whether a setting is what was asked for; what number a constant has is not told here."""
    if isinstance(wanted, bool):
        return (found or "").lower() in (("1", "on") if wanted else ("", "0", "off"))
    text = str(wanted)
    return text.startswith(("E_", "~E_")) or found == text


def check_pool(script: Path, pool: dict, wanted: dict) -> None:
    """Check what a script says that ran in a pool."""
    name = pool["name"]
    listen = pool.get("listen") or f"/run/php/{'php-fpm' if name == 'www' else name}.sock"
    ini = wanted["ini"] | (pool.get("ini") or {})
    environment = pool.get("environment") or {}
    asked = {"ini": list(ini), "environment": list(environment)}
    found = run_script(script, listen, asked)
    if wanted["version"] and not found["version"].startswith(f"{wanted['version']}."):
        sys.exit(f"{name}: version {found['version']} runs")
    for extension in set(wanted["extensions"]) - NO_EXTENSIONS:
        if CALLED.get(extension, extension) not in found["extensions"]:
            sys.exit(f"{name}: the extension {extension} is not loaded")
    for setting, value in ini.items():
        if not is_same(value, found["ini"][setting]):
            sys.exit(f"{name}: {setting} is {found['ini'][setting]!r}, not {value!r}")
    for variable, value in environment.items():
        if not is_same(value, found["environment"][variable] or ""):
            sys.exit(f"{name}: {variable} is {found['environment'][variable]!r}")
    user = Path(f"/proc/{found['process']}").owner()
    if user != pool.get("user", "www-data"):
        sys.exit(f"{name}: scripts run as {user}")


def main() -> None:
    """Check all that is wanted."""
    wanted = json.load(sys.stdin)
    versions = sorted(path.parent.name for path in Path("/etc/php").glob("*/fpm"))
    service = f"php{wanted['version'] or versions[-1]}-fpm"
    for question in ("is-enabled", "is-active"):
        subprocess.run(["systemctl", question, service], check=True)
    pools = {pool["name"]: pool for pool in [{"name": "www"}, *wanted["pools"]]}
    with tempfile.TemporaryDirectory(dir="/var/lib/php") as folder:
        Path(folder).chmod(0o755)
        script = Path(folder) / "verify.php"
        script.write_text(SCRIPT, encoding="utf-8")
        script.chmod(0o644)
        for pool in pools.values():
            check_pool(script, pool, wanted)


main()
