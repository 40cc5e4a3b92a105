"""A viewer on GStreamer's webrtcbin, written from signaling/PROTOCOL.md: it shows the first camera and microphone of the
room, and is as plain as they come: no transport-wide feedback, no REMB, no NACK, no PLI; receiver reports only.

    gstreamer_viewer.py ws://127.0.0.1:8080/ws ROOM NAME

Commands on standard input and events on standard output are those of aiortc_driver.py: `frames`, `send`.
"""

import asyncio
import json
import sys
import traceback

import gi
import websockets

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

CAPS = {
    "video": "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96",
    "audio": "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=97",
}
SINKS = {"video": "rtpvp8depay ! vp8dec", "audio": "rtpopusdepay"}


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def tell_failure(task):
    if not task.cancelled() and task.exception():
        traceback.print_exception(task.exception())


class Viewer:
    def __init__(self, socket):
        self.socket, self.loop = socket, asyncio.get_running_loop()
        self.peer, self.shown, self.frames = None, [], {}

    async def send(self, message_type, **fields):
        await self.socket.send(json.dumps({"type": message_type, **fields}))

    def on_state(self, peer, what):
        """GStreamer's threads leave it to the loop to speak: what two say at once would share a line."""
        self.loop.call_soon_threadsafe(lambda state: say(what.name, state=state), peer.get_property(what.name).value_nick)

    def from_thread(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).add_done_callback(tell_failure)

    def on_bus(self, _, message):
        if message.type == Gst.MessageType.ERROR:
            error, details = message.parse_error()
            print(f"{message.src.get_name()}: {error.message} ({details})", file=sys.stderr, flush=True)
        return Gst.BusSyncReply.DROP

    def count(self, publication):
        self.frames[publication] = self.frames.get(publication, 0) + 1

    def on_pad(self, _, pad):
        """Each stream is decoded into a counter."""
        if pad.direction != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        publication = next(p["id"] for p in self.shown if p["kind"] == kind)
        sink = Gst.parse_bin_from_description(f"queue ! {SINKS[kind]} ! fakesink name=end signal-handoffs=true sync=false", True)
        sink.get_by_name("end").connect("handoff", lambda *_: self.count(publication))
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def watch(self, publications):
        """One connection, for what is there when there is a camera and a microphone."""
        shown = [next((p for p in publications if p["kind"] == kind), None) for kind in ("video", "audio")]
        if self.peer or None in shown:
            return
        self.shown = shown
        self.pipeline = Gst.parse_launch("webrtcbin name=peer bundle-policy=max-bundle fakesrc ! fakesink")
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("pad-added", self.on_pad)
        for state in ("connection-state", "ice-connection-state"):
            self.peer.connect(f"notify::{state}", self.on_state)
        self.pipeline.get_bus().set_sync_handler(self.on_bus)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.pipeline.get_state(5 * Gst.SECOND)
        for publication in self.shown:
            caps = Gst.Caps.from_string(CAPS[publication["kind"]])
            self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, caps)
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))

    def on_offer(self, promise):
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        sdp = offer.sdp.as_text()
        self.peer.emit("set-local-description", offer, Gst.Promise.new())
        mids = [line.removeprefix("a=mid:") for line in sdp.splitlines() if line.startswith("a=mid:")]
        receives = [{"mid": mid, "publication": p["id"]} for mid, p in zip(mids, self.shown)]
        self.from_thread(self.send("offer", target="router", generation=1, sdp=sdp, sends=[], receives=receives))

    def on_answer(self, sdp):
        _, message = GstSdp.SDPMessage.new_from_text(sdp)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", answer, Gst.Promise.new())
        say("negotiated")

    async def on_message(self, message):
        kind = message["type"]
        if kind == "joined":
            self.watch([p for other in message["participants"] for p in other["publications"]])
        elif kind == "participant-joined":
            self.watch(message["participant"]["publications"])
        elif kind == "publications":
            self.watch(message["publications"])
        elif kind == "answer":
            self.on_answer(message["sdp"])
        elif kind == "ice-candidate" and message["candidate"]:
            self.peer.emit("add-ice-candidate", 0, message["candidate"])
        say(kind, **{name: value for name, value in message.items() if name not in ("type", "sdp")})

    async def read_commands(self):
        lines = asyncio.StreamReader()
        await self.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            command = json.loads(line)
            if command["do"] == "frames":
                say("frames", frames=self.frames)
            elif command["do"] == "send":
                await self.socket.send(json.dumps(command["message"]))
        await self.send("leave")  # nobody is there to command any more

    async def run(self, room, name):
        commands = asyncio.ensure_future(self.read_commands())
        commands.add_done_callback(tell_failure)
        await self.send("join", room=room, name=name, capabilities={"mesh": False})
        async for text in self.socket:
            await self.on_message(json.loads(text))
        commands.cancel()
        if self.peer:
            self.pipeline.set_state(Gst.State.NULL)
        say("closed", code=self.socket.close_code)


async def main():
    Gst.init(None)
    url, room, name = sys.argv[1:4]
    socket = await websockets.connect(url, subprotocols=["heddle.v1"], max_size=None)
    await Viewer(socket).run(room, name)


asyncio.run(main())
