"""A participant written from signaling/PROTOCOL.md alone, on aiortc: no line of Heddle's own clients is in it.

    aiortc_client.py ws://127.0.0.1:8080/ws ROOM NAME

It sends a picture and silence, receives what the others send, and prints what happens, one JSON object a line, until Ctrl-C.
It cannot mesh: aiortc knows neither rollback nor trickle, so it says `"mesh": false` and the room goes through the router.
"""

import asyncio
import contextlib
import json
import sys
import traceback

import websockets
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from aiortc.sdp import candidate_from_sdp

KIND_OF_SOURCE = {"camera": "video", "screen": "video", "microphone": "audio", "screen-audio": "audio"}
running = set()  # asyncio itself keeps no task


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def on_done(task):
    running.discard(task)
    if not task.cancelled() and task.exception():
        traceback.print_exception(task.exception())


def start(coroutine):
    """A task that tells of what it failed."""
    task = asyncio.ensure_future(coroutine)
    running.add(task)
    task.add_done_callback(on_done)
    return task


class Connection:
    """The connection to the router: which m-line sends which source and shows which publication."""

    def __init__(self, client, generation):
        self.client, self.generation = client, generation
        self.peer = RTCPeerConnection()
        self.sending, self.showing = {}, {}  # source -> transceiver, publication id -> transceiver
        self.free = []  # transceivers that showed what is gone
        self.frames = {}  # mid -> decoded frames
        self.tasks = []
        self.answered = asyncio.Event()
        self.busy = asyncio.Lock()  # one offer at a time
        self.peer.on("track", self.on_track)
        self.peer.on("connectionstatechange", lambda: say("connection", state=self.peer.connectionState))

    def on_track(self, track):
        line = next(t for t in self.peer.getTransceivers() if t.receiver.track is track)
        self.tasks.append(start(self.count(track, line.mid)))
        if track.kind == "video":
            self.tasks.append(start(self.ask_for_picture(line)))

    async def count(self, track, mid):
        try:
            while True:
                await track.recv()
                self.frames[mid] = self.frames.get(mid, 0) + 1
        except Exception as ended:  # MediaStreamError, or a decoder that gave up
            say("track-ended", mid=mid, reason=repr(ended))

    async def ask_for_picture(self, line):
        """What comes before the answer is dropped, perhaps the first keyframe; aiortc by itself asks for no other."""
        while line.mid not in self.frames:
            await asyncio.sleep(1)
            for source in line.receiver.getSynchronizationSources():
                await line.receiver._send_rtcp_pli(source.source)

    def assign(self):
        """Gives every source and every publication worth showing an m-line, free ones first; all m-lines."""
        for source in self.client.publishing:
            if source not in self.sending:
                self.sending[source] = self.peer.addTransceiver(self.client.new_track(source), direction="sendonly")
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
        return self.peer.getTransceivers()

    async def negotiate(self):
        async with self.busy:
            if self.peer.signalingState == "closed" or not self.assign():  # there may be nothing to send or to see yet
                return
            await self.peer.setLocalDescription(await self.peer.createOffer())
            self.answered.clear()
            sends = [{"mid": t.mid, "source": s, "muted": s in self.client.muted} for s, t in self.sending.items()]
            receives = [{"mid": t.mid, "publication": p} for p, t in self.showing.items()]
            what = {"generation": self.generation, "sdp": self.peer.localDescription.sdp}
            await self.client.send("offer", target="router", sends=sends, receives=receives, **what)
            await asyncio.wait_for(self.answered.wait(), 10)

    async def on_answer(self, sdp):
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        self.answered.set()
        say("negotiated", lines=len(self.peer.getTransceivers()))

    async def on_candidate(self, text):
        if text:  # else there are no more
            candidate = candidate_from_sdp(text.removeprefix("candidate:"))
            candidate.sdpMLineIndex = 0  # one transport for all m-lines
            await self.peer.addIceCandidate(candidate)

    async def close(self):
        self.answered.set()  # whoever waits for it waits in vain
        for task in self.tasks:
            task.cancel()
        await self.peer.close()


class Client:
    connection_class = Connection

    def __init__(self, url, room, name, sources=("camera", "microphone")):
        self.url, self.room, self.name = url, room, name
        self.publishing, self.muted = list(sources), set()
        self.others, self.dedicated, self.resume = {}, 0, None
        self.socket, self.connection = None, None

    async def send(self, message_type, **fields):
        await self.socket.send(json.dumps({"type": message_type, **fields}))

    def new_track(self, source):
        return AudioStreamTrack() if KIND_OF_SOURCE[source] == "audio" else VideoStreamTrack()

    def wanted(self):
        """The publications that get an m-line of their own: the first ones of each kind."""
        everything = [p for other in self.others.values() for p in other["publications"]]
        return [p["id"] for kind in ("video", "audio") for p in [p for p in everything if p["kind"] == kind][: self.dedicated]]

    def negotiate(self):
        if self.connection:
            start(self.connection.negotiate())

    async def connect(self, ids, generation=1):
        if "router" in ids and (self.connection is None or generation > self.connection.generation):
            if self.connection:
                await self.connection.close()
            self.connection = self.connection_class(self, generation)
            self.negotiate()

    async def on_message(self, message):
        kind, of_connection = message["type"], message.get("generation") == getattr(self.connection, "generation", None)
        if kind == "joined":
            self.resume, self.dedicated = message["resume"], message["dedicated_slots"]
            self.others = {p["id"]: p for p in message["participants"]}
            await self.connect(message["connect"])
        elif kind == "participant-joined":
            self.others[message["participant"]["id"]] = message["participant"]
        elif kind == "participant-left":
            self.others.pop(message["participant"], None)
        elif kind == "publications" and message["participant"] in self.others:
            self.others[message["participant"]]["publications"] = message["publications"]
        elif kind == "connect":
            await self.connect(message["connect"])
        elif kind == "answer" and of_connection:
            await self.connection.on_answer(message["sdp"])
        elif kind == "ice-candidate" and of_connection and message["from"] == "router":
            await self.connection.on_candidate(message["candidate"])
        elif kind == "error" and message.get("request") == "offer" and self.connection:
            self.connection.answered.set()
        elif kind == "connection-request" and message["from"] == "router":
            await self.connect(["router"], message["generation"])
        if kind in ("participant-joined", "participant-left", "publications"):
            self.negotiate()
        say(kind, **{name: value for name, value in message.items() if name not in ("type", "sdp")})

    async def run(self):
        """Until the server closes the socket; one that breaks is replaced, and the place in the room resumed."""
        while self.socket is None or self.socket.close_code == 1006:  # nobody said why
            self.socket = await websockets.connect(self.url, subprotocols=["heddle.v1"], max_size=None)
            again = {"resume": self.resume} if self.resume else {}
            await self.send("join", room=self.room, name=self.name, capabilities={"mesh": False}, **again)
            with contextlib.suppress(websockets.ConnectionClosedError, asyncio.CancelledError):  # or Ctrl-C
                async for text in self.socket:
                    await self.on_message(json.loads(text))
        if self.socket.open:
            await self.send("leave")
        if self.connection:
            await self.connection.close()
        say("closed", code=self.socket.close_code)


if __name__ == "__main__":
    asyncio.run(Client(*sys.argv[1:4]).run())
