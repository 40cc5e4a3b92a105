"""What clients on aiortc send as a microphone."""

import fractions

import av
import numpy
from aiortc.mediastreams import AudioStreamTrack


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
