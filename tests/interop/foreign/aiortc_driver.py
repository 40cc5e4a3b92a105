"""The client of aiortc_client.py in the hands of a test.

    aiortc_driver.py ws://127.0.0.1:8080/ws ROOM NAME [--watch-only] [--share-only] [--one-identity] [--hasty]

Commands are JSON objects on standard input, one a line (on_command() below). What goes wrong is said on standard error, by
aiortc and by these files; else nothing is.
"""

import argparse
import asyncio
import json
import logging
import re
import sys

from aiortc import RTCCertificate

from aiortc_client import Client, Connection, say, start
from tone import Tone


class DrivenConnection(Connection):
    def __init__(self, client, generation):
        super().__init__(client, generation)
        if client.certificates:
            self.peer._RTCPeerConnection__certificates = client.certificates
        self.shared = []  # m-lines that `receive` gives something to show
        self.transports = set()  # those whose states are told
        self.settled = asyncio.Event()
        self.peer.on("connectionstatechange", self.on_state)

    def on_state(self):
        if self.peer.connectionState in ("connected", "failed", "closed"):
            self.settled.set()

    def tell_states(self):
        """What the connection's own state hides: aiortc stays "connected" when DTLS ends."""
        for dtls in {t.sender.transport for t in self.peer.getTransceivers()} - self.transports:
            self.transports.add(dtls)
            dtls.on("statechange", lambda dtls=dtls: say("dtls", state=dtls.state))
            dtls.transport.on("statechange", lambda ice=dtls.transport: say("ice", state=ice.state))

    async def on_answer(self, sdp):
        if self.client.options.hasty and self.peer.remoteDescription:  # the second answer
            await self.settled.wait()
        await super().on_answer(sdp)
        self.tell_states()

    def counts(self):
        shown = {t.mid: p for p, t in self.showing.items()}
        return {shown.get(mid, mid): count for mid, count in self.frames.items()}


class DrivenClient(Client):
    connection_class = DrivenConnection

    def __init__(self, options):
        super().__init__(options.url, options.room, options.name, () if options.watch_only else ("camera", "microphone"))
        self.options = options
        # There are stacks that have one certificate and one session id for all connections.
        self.certificates = [RTCCertificate.generateCertificate()] if options.one_identity else None

    async def send(self, message_type, **fields):
        if message_type == "offer" and self.certificates:
            fields["sdp"] = re.sub(r"^o=- \d+ \d+", "o=- 0 0", fields["sdp"], flags=re.M)
        await super().send(message_type, **fields)

    def new_track(self, source):
        track = Tone() if source == "microphone" else super().new_track(source)
        track.on("ended", lambda: say("sending-ended", source=source))  # a sender that gives up stops its track
        return track

    def wanted(self):
        return [] if self.options.share_only else super().wanted()

    async def connect(self, ids, generation=1):
        former = self.connection
        await super().connect(ids, generation)
        if self.options.hasty and self.connection is not former:
            self.negotiate()

    async def on_command(self, command):
        """One of the `do`s below, with what each needs beside it."""
        what, source = command["do"], command.get("source")
        if what == "publish":
            self.publishing.append(source)
            self.negotiate()
        elif what == "unpublish":
            self.publishing.remove(source)
            self.negotiate()
        elif what == "mute":
            (self.muted.add if command["muted"] else self.muted.discard)(source)
            self.connection.sending[source].sender.replaceTrack(None if command["muted"] else self.new_track(source))
            await self.send("mute", source=source, muted=command["muted"])
        elif what == "add-slot":
            self.connection.shared.append(self.connection.peer.addTransceiver(command["kind"], direction="recvonly"))
            self.negotiate()
        elif what == "receive":  # a publication at another size, or a shared m-line
            shared = next((t for t in self.connection.shared if t.kind == command.get("kind")), None)
            line = shared or self.connection.showing[command["publication"]]
            await self.send("receive", slots=[{"mid": line.mid, **command["view"]}])
        elif what == "frames":
            say("frames", frames=self.connection.counts() if self.connection else {})
        elif what == "break":  # the socket, and nothing else
            self.socket.transport.abort()
        elif what == "lose":  # the connection, and nothing else
            await self.connection.peer.close()
        elif what == "send":  # any message
            await self.socket.send(json.dumps(command["message"]))

    async def run(self):
        commands = start(self.read_commands())
        await super().run()
        commands.cancel()

    async def read_commands(self):
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            await self.on_command(json.loads(line))
        await self.send("leave")  # nobody is there to command any more


def parse_options():
    options = argparse.ArgumentParser()
    options.add_argument("url")
    options.add_argument("room")
    options.add_argument("name")
    options.add_argument("--watch-only", action="store_true", help="publish nothing")
    options.add_argument("--share-only", action="store_true", help="name no publication: all m-lines are shared slots")
    options.add_argument("--one-identity", action="store_true", help="one certificate and session id for all connections")
    options.add_argument("--hasty", action="store_true", help="offer twice, and be connected before the second answer is read")
    return options.parse_args()


logging.basicConfig(format="%(name)s: %(message)s")  # aiortc says of tasks that end before their time in its log only
asyncio.run(DrivenClient(parse_options()).run())
