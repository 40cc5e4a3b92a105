"""A participant written from signaling/PROTOCOL.md alone, on aiortc: no line of Heddle's own clients is in it.

    aiortc_client.py ws://127.0.0.1:8080/ws ROOM NAME [--watch-only] [--share-only] [--one-identity] [--hasty]

Commands are JSON objects on standard input, one a line (on_command() below); what happens is printed in the same way.
What goes wrong is said on standard error, by aiortc and by this file; else nothing is.
It cannot mesh: aiortc knows neither rollback nor trickle, so it says `"mesh": false` and the room goes through the router.
"""

import argparse
import asyncio
import fractions
import json
import logging
import re
import sys
import traceback

import av
import numpy
import websockets
from aiortc import RTCCertificate, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from aiortc.sdp import candidate_from_sdp

KIND_OF_SOURCE = {"camera": "video", "screen": "video", "microphone": "audio", "screen-audio": "audio"}


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def tell_failure(task):
    if not task.cancelled() and task.exception():
        traceback.print_exception(task.exception())


def start(coroutine):
    """A task that tells of what it failed: asyncio does not, when the task is kept and not awaited."""
    task = asyncio.ensure_future(coroutine)
    task.add_done_callback(tell_failure)
    return task


class Tone(AudioStreamTrack):
    """aiortc's own audio track is silent; a tone of 440 Hz is somebody who speaks."""

    async def recv(self):
        silent = await super().recv()
        at = silent.pts + numpy.arange(silent.samples)
        samples = (8000 * numpy.sin(2 * numpy.pi * 440 * at / silent.sample_rate)).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.sample_rate = silent.pts, silent.sample_rate
        frame.time_base = fractions.Fraction(1, silent.sample_rate)
        return frame


class Connection:
    """The connection to the router: which m-line sends which source and shows which publication."""

    def __init__(self, client, generation):
        self.client, self.generation = client, generation
        self.peer = RTCPeerConnection()
        if client.certificates:
            self.peer._RTCPeerConnection__certificates = client.certificates
        self.sending = {}  # source -> transceiver
        self.showing = {}  # publication id -> transceiver
        self.free = []  # transceivers that showed what is gone
        self.shared = []  # m-lines that `receive` gives something to show
        self.frames = {}  # mid -> decoded frames
        self.readers, self.askers = [], []
        self.early_candidates = []
        self.transports = set()  # those whose states are told
        self.answered = asyncio.Event()
        self.connected = asyncio.Event()
        self.busy = asyncio.Lock()  # one offer at a time
        self.peer.on("track", self.on_track)
        self.peer.on("connectionstatechange", self.on_state)

    def on_state(self):
        say("connection", state=self.peer.connectionState)
        if self.peer.connectionState in ("connected", "failed", "closed"):
            self.connected.set()

    def tell_states(self):
        """What the connection's own state hides: aiortc stays "connected" when DTLS ends."""
        for dtls in {t.sender.transport for t in self.peer.getTransceivers()} - self.transports:
            self.transports.add(dtls)
            dtls.on("statechange", lambda dtls=dtls: say("dtls", state=dtls.state))
            dtls.transport.on("statechange", lambda ice=dtls.transport: say("ice", state=ice.state))

    def on_track(self, track):
        line = next(t for t in self.peer.getTransceivers() if t.receiver.track is track)
        self.readers.append(start(self.count(track, line.mid)))
        if track.kind == "video":
            self.askers.append(start(self.ask_for_picture(line)))

    async def ask_for_picture(self, line):
        """What comes before the answer is dropped, perhaps the first keyframe; aiortc by itself asks for no other."""
        while line.mid not in self.frames:
            await asyncio.sleep(1)
            for source in line.receiver.getSynchronizationSources():
                await line.receiver._send_rtcp_pli(source.source)

    async def count(self, track, mid):
        try:
            while True:
                await track.recv()
                self.frames[mid] = self.frames.get(mid, 0) + 1
        except Exception as ended:  # MediaStreamError, or a decoder that gave up: the counter stops, a test sees it
            say("track-ended", mid=mid, reason=repr(ended))

    def new_track(self, source):
        track = Tone() if KIND_OF_SOURCE[source] == "audio" else VideoStreamTrack()
        track.on("ended", lambda: say("sending-ended", source=source))  # a sender that gives up stops its track
        return track

    def assign(self):
        """Gives every source and every publication worth showing an m-line, free ones first."""
        for source in self.client.publishing:
            if source not in self.sending:
                self.sending[source] = self.peer.addTransceiver(self.new_track(source), direction="sendonly")
        for source in [s for s in self.sending if s not in self.client.publishing]:
            self.sending.pop(source).direction = "inactive"
        wanted = self.client.wanted()
        for publication in [p for p in self.showing if p not in wanted]:
            self.free.append(self.showing.pop(publication))
        for publication in [p for p in wanted if p not in self.showing]:
            kind = KIND_OF_SOURCE[publication.split("/")[1]]
            line = next((t for t in self.free if t.kind == kind), None)
            if line:
                self.free.remove(line)
            self.showing[publication] = line or self.peer.addTransceiver(kind, direction="recvonly")

    async def negotiate(self):
        async with self.busy:
            if self.peer.signalingState == "closed":
                return
            self.assign()
            if not self.peer.getTransceivers():  # nothing to send or to see yet
                return
            await self.peer.setLocalDescription(await self.peer.createOffer())
            self.answered.clear()
            await self.client.send(
                "offer",
                target="router",
                generation=self.generation,
                sdp=self.description(),
                sends=[{"mid": t.mid, "source": s, "muted": s in self.client.muted} for s, t in self.sending.items()],
                receives=[{"mid": t.mid, "publication": p} for p, t in self.showing.items()],
            )
            await asyncio.wait_for(self.answered.wait(), 10)

    def description(self):
        sdp = self.peer.localDescription.sdp
        return re.sub(r"^o=- \d+ \d+", "o=- 0 0", sdp, flags=re.M) if self.client.certificates else sdp

    async def on_answer(self, sdp):
        if self.client.chosen.hasty and self.peer.remoteDescription:  # the second answer
            await self.connected.wait()
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for candidate in self.early_candidates:
            await self.peer.addIceCandidate(candidate)
        self.early_candidates = []
        self.tell_states()
        self.answered.set()
        say("negotiated", lines=len(self.peer.getTransceivers()))

    async def on_candidate(self, text):
        if not text:
            return
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
        candidate.sdpMLineIndex = 0  # one transport for all m-lines
        if self.peer.remoteDescription:
            await self.peer.addIceCandidate(candidate)
        else:
            self.early_candidates.append(candidate)

    def counts(self):
        shown = {t.mid: p for p, t in self.showing.items()}
        return {shown.get(mid, mid): count for mid, count in self.frames.items()}

    async def close(self):
        self.answered.set()  # whoever waits for it waits in vain
        for asker in self.askers:
            asker.cancel()
        await self.peer.close()
        await asyncio.gather(*self.readers)


class Client:
    def __init__(self, socket, chosen):
        self.socket, self.chosen = socket, chosen
        self.publishing, self.muted = [] if chosen.watch_only else ["camera", "microphone"], set()
        self.others, self.dedicated, self.resume = {}, 0, None
        self.connection, self.tasks = None, []
        # There are stacks that have one certificate and one session id for all connections.
        self.certificates = [RTCCertificate.generateCertificate()] if chosen.one_identity else None

    async def send(self, message_type, **fields):
        await self.socket.send(json.dumps({"type": message_type, **fields}))

    def wanted(self):
        """The publications that get an m-line of their own: the first ones of each kind."""
        everything = [p for other in self.others.values() for p in other["publications"]]
        by_kind = [[p["id"] for p in everything if p["kind"] == kind][: self.dedicated] for kind in ("video", "audio")]
        return by_kind[0] + by_kind[1]

    def negotiate(self):
        if self.connection:
            self.tasks.append(start(self.connection.negotiate()))

    async def connect(self, ids, generation=1):
        if "router" not in ids:
            say("not-for-us", connect=ids)
        elif self.connection is None or generation > self.connection.generation:
            if self.connection:
                await self.connection.close()
            self.connection = Connection(self, generation)
            self.negotiate()
            if self.chosen.hasty:
                self.negotiate()

    async def on_message(self, message):
        kind = message["type"]
        if kind == "joined":
            self.resume = message["resume"]
            self.dedicated = 0 if self.chosen.share_only else message["dedicated_slots"]
            self.others = {p["id"]: p for p in message["participants"]}
            await self.connect(message["connect"])
        elif kind == "participant-joined":
            self.others[message["participant"]["id"]] = message["participant"]
            self.negotiate()
        elif kind == "participant-left":
            self.others.pop(message["participant"], None)
            self.negotiate()
        elif kind == "publications" and message["participant"] in self.others:
            self.others[message["participant"]]["publications"] = message["publications"]
            self.negotiate()
        elif kind == "connect":
            await self.connect(message["connect"])
        elif kind == "answer" and self.connection and message["generation"] == self.connection.generation:
            await self.connection.on_answer(message["sdp"])
        elif kind == "ice-candidate" and self.connection and message["from"] == "router":
            await self.connection.on_candidate(message["candidate"])
        elif kind == "error" and message.get("request") == "offer" and self.connection:
            self.connection.answered.set()
        elif kind == "connection-request" and message["from"] == "router":
            await self.connect(["router"], message["generation"])
        say(kind, **{name: value for name, value in message.items() if name not in ("type", "sdp")})

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
            self.connection.sending[source].sender.replaceTrack(None if command["muted"] else self.connection.new_track(source))
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

    async def read_commands(self):
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            await self.on_command(json.loads(line))
        await self.send("leave")  # nobody is there to command any more

    async def run(self):
        """Until the server closes the socket; one that breaks is replaced, and the place in the room resumed."""
        commands = start(self.read_commands())
        while True:
            who = {"resume": self.resume} if self.resume else {}
            await self.send("join", room=self.chosen.room, name=self.chosen.name, capabilities={"mesh": False}, **who)
            try:
                async for text in self.socket:
                    await self.on_message(json.loads(text))
                break
            except websockets.ConnectionClosedError:
                self.socket = await open_socket(self.chosen.url)
        commands.cancel()
        if self.connection:
            await self.connection.close()
        say("closed", code=self.socket.close_code)


def open_socket(url):
    return websockets.connect(url, subprotocols=["heddle.v1"], max_size=None)


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("url")
    options.add_argument("room")
    options.add_argument("name")
    options.add_argument("--watch-only", action="store_true", help="publish nothing")
    options.add_argument("--share-only", action="store_true", help="name no publication: all m-lines are shared slots")
    options.add_argument("--one-identity", action="store_true", help="one certificate and session id for all connections")
    options.add_argument("--hasty", action="store_true", help="offer twice, and be connected before the second answer is read")
    chosen = options.parse_args()
    logging.basicConfig(format="%(name)s: %(message)s")  # aiortc says of tasks that end before their time in its log only
    await Client(await open_socket(chosen.url), chosen).run()


asyncio.run(main())
