"""Publish a message through Mosquitto and receive it; what is wanted comes as JSON on stdin."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys

# MQTT 3.1.1: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/
_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK, _DISCONNECT = 1, 2, 3, 8, 9, 14
_REFUSED = 5


def text(value: str) -> bytes:
    """Return a text as it stands in a packet."""
    return struct.pack(">H", len(value.encode())) + value.encode()


class Client:
    """One connection. ``answer`` is the broker's answer to the log-in: 0 lets in."""

    def __init__(self, wanted: dict, user: dict | None) -> None:
        self.socket = socket.create_connection((wanted["address"], wanted["port"]), 30)
        self.stream = self.socket.makefile("rb")
        flags, login = 2, text(f"devbox-{os.getpid()}")
        if user:
            flags |= 0xC0
            login += text(user["name"]) + text(user["password"])
        self.send(_CONNECT << 4, text("MQTT") + struct.pack(">BBH", 4, flags, 60) + login)
        self.answer = self.receive(_CONNACK)[1]

    def send(self, first: int, body: bytes) -> None:
        """Send a packet."""
        length, rest = b"", len(body)
        while not length or rest:
            length += bytes([rest % 128 | (0x80 if rest >= 128 else 0)])
            rest //= 128
        self.socket.sendall(bytes([first]) + length + body)

    def receive(self, kind: int) -> bytes:
        """Return the body of the next packet, which must be of this kind."""
        head = self.stream.read(1)
        if not head:
            sys.exit("the broker closed the connection")
        length = shift = 0
        while True:
            byte = self.stream.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        body = self.stream.read(length)
        if head[0] >> 4 != kind:
            sys.exit(f"the broker sends a packet of kind {head[0] >> 4}, not {kind}")
        return body

    def pass_message(self) -> None:
        """Subscribe to a topic, publish to it, receive what was published."""
        topic = f"devbox/verify/{os.getpid()}"
        self.send(_SUBSCRIBE << 4 | 2, struct.pack(">H", 1) + text(topic) + b"\0")
        self.receive(_SUBACK)
        self.send(_PUBLISH << 4, text(topic) + b"hello")
        if self.receive(_PUBLISH) != text(topic) + b"hello":
            sys.exit("what was published did not come back")
        self.send(_DISCONNECT << 4, b"")


def open_websocket(address: str, port: int) -> None:
    """See that the broker takes an HTTP connection for MQTT."""
    with socket.create_connection((address, port), 30) as there:
        there.sendall(
            b"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: ZGV2Ym94IHZlcmlmaWVzIQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        )
        said = there.recv(100)
    if b" 101 " not in said:
        sys.exit(f"port {port} answers {said!r}")


def main() -> None:
    """Check all that is wanted."""
    wanted = json.load(sys.stdin)
    for question in ("is-enabled", "is-active"):
        subprocess.run(["systemctl", question, "mosquitto"], check=True)
    for user in wanted["users"]:
        client = Client(wanted, user)
        if client.answer:
            sys.exit(f"a user is not let in: {client.answer}")
        if not user.get("reads") and not user.get("writes"):
            client.pass_message()
    nobody = Client(wanted, None)
    if nobody.answer != (0 if wanted["anonymous"] else _REFUSED):
        sys.exit(f"who has no name gets the answer {nobody.answer}")
    if wanted["anonymous"]:
        nobody.pass_message()
    if wanted["websockets"]:
        open_websocket(wanted["address"], wanted["websockets"])


main()
