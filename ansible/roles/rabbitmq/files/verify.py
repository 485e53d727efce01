"""Publish a message through RabbitMQ and get it; what is wanted comes as JSON on stdin."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import urllib.request

# AMQP 0-9-1: https://www.rabbitmq.com/amqp-0-9-1-reference
_METHOD, _HEADER, _BODY = 1, 2, 3
_START, _START_OK, _TUNE, _TUNE_OK = (10, 10), (10, 11), (10, 30), (10, 31)
_OPEN, _OPEN_OK, _CHANNEL_OPEN, _CHANNEL_OPEN_OK = (10, 40), (10, 41), (20, 10), (20, 11)
_DECLARE, _DECLARE_OK, _PUBLISH = (50, 10), (50, 11), (60, 40)
_GET, _GET_OK, _CONNECTION_CLOSE = (60, 70), (60, 71), (10, 50)


def short(value: str) -> bytes:
    """Return a text of up to 255 bytes as it stands in a frame."""
    return bytes([len(value.encode())]) + value.encode()


def long(value: bytes) -> bytes:
    """Return bytes as they stand in a frame."""
    return struct.pack(">I", len(value)) + value


class Client:
    """A connection of a user to a virtual host, with one channel."""

    def __init__(self, wanted: dict, user: dict, vhost: str) -> None:
        self.socket = socket.create_connection((wanted["address"], wanted["port"]), 30)
        self.stream = self.socket.makefile("rb")
        self.socket.sendall(b"AMQP\0\0\x09\x01")
        self.properties = self.receive(_METHOD, _START)
        login = f"\0{user['name']}\0{user['password']}".encode()
        self.send(0, _START_OK, long(b"") + short("PLAIN") + long(login) + short("en_US"))
        channels, frame, _ = struct.unpack(">HIH", self.receive(_METHOD, _TUNE)[:8])
        self.send(0, _TUNE_OK, struct.pack(">HIH", channels, frame, 0))
        self.send(0, _OPEN, short(vhost) + b"\0\0")
        self.receive(_METHOD, _OPEN_OK)
        self.send(1, _CHANNEL_OPEN, b"\0")
        self.receive(_METHOD, _CHANNEL_OPEN_OK)

    def send(self, channel: int, method: tuple[int, int], arguments: bytes) -> None:
        """Send a method."""
        self.frame(_METHOD, channel, struct.pack(">HH", *method) + arguments)

    def frame(self, kind: int, channel: int, payload: bytes) -> None:
        """Send a frame."""
        self.socket.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")

    def receive(self, kind: int, method: tuple[int, int] | None = None) -> bytes:
        """Return the payload of the next frame, which must be of this kind and method."""
        head = self.stream.read(7)
        if len(head) < 7:
            sys.exit("the broker closed the connection: is the password another?")
        found, _, length = struct.unpack(">BHI", head)
        payload = self.stream.read(length + 1)[:-1]
        if found != kind:
            sys.exit(f"the broker sends {payload!r}")
        if method is None:
            return payload
        if struct.unpack(">HH", payload[:4]) != method:
            sys.exit(f"the broker sends {payload!r}")
        return payload[4:]

    def pass_message(self) -> None:
        """Publish a message to a queue of this connection's own, and get it."""
        queue = f"devbox-verify-{os.getpid()}"
        # Exclusive and deleted by itself: it goes with the connection.
        self.send(1, _DECLARE, b"\0\0" + short(queue) + bytes([0b1100]) + long(b""))
        self.receive(_METHOD, _DECLARE_OK)
        self.send(1, _PUBLISH, b"\0\0" + short("") + short(queue) + b"\0")
        self.frame(_HEADER, 1, struct.pack(">HHQH", 60, 0, 5, 0))
        self.frame(_BODY, 1, b"hello")
        self.send(1, _GET, b"\0\0" + short(queue) + b"\1")
        self.receive(_METHOD, _GET_OK)
        self.receive(_HEADER)
        if self.receive(_BODY) != b"hello":
            sys.exit("what was published did not come back")

    def find_queue(self, name: str) -> None:
        """See that a queue is there: to declare it passively fails if it is not."""
        self.send(1, _DECLARE, b"\0\0" + short(name) + bytes([1]) + long(b""))
        self.receive(_METHOD, _DECLARE_OK)

    def close(self) -> None:
        """Say that this is all."""
        self.send(0, _CONNECTION_CLOSE, struct.pack(">H", 200) + short("") + b"\0\0\0\0")


def check_user(wanted: dict, user: dict) -> None:
    """Check that a user gets into the virtual hosts, and that the queues in them are there."""
    for vhost in user.get("vhosts", ["/"]):
        client = Client(wanted, user, vhost)
        client.pass_message()
        for queue in wanted["queues"]:
            if queue.get("vhost", "/") == vhost:
                client.find_queue(queue["name"])
        said = client.properties
        client.close()
        version = said[said.index(b"\x07version") + 13 :].split(b"\0")[0]
        if wanted["version"] and f"{wanted['version']}." not in version.decode(errors="replace"):
            sys.exit(f"version {version!r} runs")


def main() -> None:
    """Check all that is wanted."""
    wanted = json.load(sys.stdin)
    for question in ("is-enabled", "is-active"):
        subprocess.run(["systemctl", question, "rabbitmq-server"], check=True)
    for user in wanted["users"]:
        check_user(wanted, user)
    if wanted["plugins"]:
        argv = ["rabbitmq-plugins", "--silent", "is_enabled", *wanted["plugins"]]
        subprocess.run(argv, check=True)
    if "rabbitmq_management" in wanted["plugins"]:
        page = f"http://{wanted['address']}:15672/"
        with urllib.request.urlopen(page, timeout=30) as answer:
            print("the management page answers", answer.status)


main()
