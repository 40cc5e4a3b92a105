"""A WHIP client (RFC 9725) or WHEP client on aiortc: no line of Heddle's own clients is in it.

    aiortc_whip.py http://127.0.0.1:8080/whip/ROOM NAME [--token TOKEN]
    aiortc_whip.py http://127.0.0.1:8080/whep/ROOM NAME [--token TOKEN]

It sends, or watches and listens, until it is told otherwise: commands on standard input and events on standard output are JSON objects,
one a line. aiortc gathers before it offers, and cannot restart ICE, so this sends no PATCH.
"""

import argparse
import asyncio
import json
import os
import stat
import sys
import urllib.error
import urllib.parse
import urllib.request

try:
    from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

    from tone import Tone
except ModuleNotFoundError as error:
    sys.exit(f"the Python module '{error.name}' is not installed: Debian's package python3-aiortc brings it, for /usr/bin/python3")


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def can_wait_for(file):
    if file is None:
        return False
    mode = os.fstat(file.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or file.isatty()


class Client:
    def __init__(self, chosen):
        self.chosen = chosen
        self.peer = RTCPeerConnection()
        self.frames = {}  # by kind
        self.readers = []
        self.session = None
        self.peer.on("track", lambda track: self.readers.append(asyncio.ensure_future(self.count(track))))
        self.peer.on("connectionstatechange", lambda: say("connection", state=self.peer.connectionState))

    async def count(self, track):
        line = next(t for t in self.peer.getTransceivers() if t.receiver.track is track)
        asker = asyncio.ensure_future(self.ask_for_picture(line)) if track.kind == "video" else None
        try:
            while True:
                await track.recv()
                self.frames[track.kind] = self.frames.get(track.kind, 0) + 1
        except Exception as ended:  # the counter stops, and a test sees it
            say("track-ended", kind=track.kind, reason=repr(ended))
        if asker:
            asker.cancel()

    async def ask_for_picture(self, line):
        """aiortc by itself asks for no keyframe when the first one was lost."""
        while "video" not in self.frames:
            await asyncio.sleep(1)
            for source in line.receiver.getSynchronizationSources():
                await line.receiver._send_rtcp_pli(source.source)

    def request(self, method, url, body=None, **headers):
        if self.chosen.token:
            headers["Authorization"] = f"Bearer {self.chosen.token}"
        request = urllib.request.Request(url, data=body.encode() if body else None, headers=headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as refused:
            return refused

    async def start(self):
        if "/whip/" in self.chosen.url:
            self.peer.addTransceiver(Tone(), direction="sendonly")
            self.peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
        else:
            for kind in ("audio", "video"):
                self.peer.addTransceiver(kind, direction="recvonly")
        await self.peer.setLocalDescription(await self.peer.createOffer())
        url = f"{self.chosen.url}?name={urllib.parse.quote(self.chosen.name)}"
        offer = self.peer.localDescription.sdp
        answer = await asyncio.to_thread(self.request, "POST", url, offer, **{"Content-Type": "application/sdp"})
        text = answer.read().decode()
        say("answer", status=answer.status, location=answer.headers["Location"], etag=answer.headers["ETag"], body=text)
        if answer.status == 201:
            self.session = urllib.parse.urljoin(self.chosen.url, answer.headers["Location"])
            await self.peer.setRemoteDescription(RTCSessionDescription(text, "answer"))

    async def on_command(self, command):
        """Returns whether it goes on."""
        if command["do"] == "frames":
            say("frames", frames=self.frames)
        elif command["do"] == "delete":
            answer = await asyncio.to_thread(self.request, "DELETE", self.session)
            say("deleted", status=answer.status)
        else:  # "end": without a word to the server
            return False
        return True

    async def run(self):
        await self.start()
        if not can_wait_for(sys.stdin):  # closed or /dev/null, as nohup has it: there are no commands
            await asyncio.Event().wait()
        lines = asyncio.StreamReader()
        await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            if not await self.on_command(json.loads(line)):
                break
        await self.peer.close()


options = argparse.ArgumentParser()
options.add_argument("url")
options.add_argument("name")
options.add_argument("--token")
chosen = options.parse_args()
try:
    asyncio.run(Client(chosen).run())
except urllib.error.URLError as error:
    sys.exit(f"{chosen.url}: {error.reason}")
