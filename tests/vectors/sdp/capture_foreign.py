"""Captures the offers of aiortc and GStreamer's webrtcbin that the SDP tests read; run by hand when they change:

    /usr/bin/python3 tests/vectors/sdp/capture_foreign.py

with Debian's python3-aiortc, python3-gst-1.0, gstreamer1.0-plugins-{base,good,bad} and gstreamer1.0-nice. Addresses are
replaced, the rest is what they wrote.
"""

import asyncio
import pathlib
import re

import gi
from aiortc import RTCPeerConnection, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

FOLDER = pathlib.Path(__file__).parent
SOURCES = """
    videotestsrc is-live=true ! vp8enc deadline=1 ! rtpvp8pay picture-id-mode=2 !
        application/x-rtp,media=video,encoding-name=VP8,payload=96 ! peer.
    audiotestsrc is-live=true ! opusenc ! rtpopuspay !
        application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


def write(name, text):
    text = re.sub(r"^(a=candidate:\S+ \d+ \S+ \d+) \S+ \d+", r"\1 192.0.2.1 9", text, flags=re.M)
    text = re.sub(r"^(a=candidate:.*raddr) \S+ rport \d+", r"\1 192.0.2.1 rport 9", text, flags=re.M)
    text = re.sub(r"^c=IN IP4 \S+", "c=IN IP4 192.0.2.1", text, flags=re.M)
    text = re.sub(r"^(m=\w+) [1-9]\d*", r"\1 9", text, flags=re.M)
    (FOLDER / f"{name}.sdp").write_bytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())


async def aiortc_offers():
    """A call's life: what it sends, two more that it receives, a screen; each offer follows on an agreed state."""
    peer, other = RTCPeerConnection(), RTCPeerConnection()

    async def offer(name):
        await peer.setLocalDescription(await peer.createOffer())
        write(f"aiortc-{name}", peer.localDescription.sdp)
        await other.setRemoteDescription(peer.localDescription)
        await other.setLocalDescription(await other.createAnswer())
        await peer.setRemoteDescription(other.localDescription)

    peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
    peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
    await offer("plain")
    for kind in ("video", "audio"):
        peer.addTransceiver(kind, direction="recvonly")
    await offer("receivers-added")
    screen = peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
    await offer("screen-added")
    screen.direction = "inactive"
    await offer("screen-ended")
    await peer.close()
    await other.close()


def gstreamer_offer(name, description, receives):
    pipeline = Gst.parse_launch(description)
    peer = pipeline.get_by_name("peer")
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_state(5 * Gst.SECOND)
    for caps in receives:
        peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
    promise = Gst.Promise.new()
    peer.emit("create-offer", None, promise)
    promise.wait()
    reply = promise.get_reply()  # what it holds lives no longer than it
    offer = reply.get_value("offer")
    write(f"gstreamer-{name}", offer.sdp.as_text())
    pipeline.set_state(Gst.State.NULL)


def gstreamer_offers():
    Gst.init(None)
    gstreamer_offer("plain", f"webrtcbin name=peer bundle-policy=max-bundle {SOURCES}", [])
    gstreamer_offer("unbundled", f"webrtcbin name=peer bundle-policy=none {SOURCES}", [])
    gstreamer_offer(
        "receivers",
        "webrtcbin name=peer bundle-policy=max-bundle fakesrc ! fakesink",
        [
            "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=102,packetization-mode=(string)1",
            "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111",
        ],
    )


asyncio.run(aiortc_offers())
gstreamer_offers()
