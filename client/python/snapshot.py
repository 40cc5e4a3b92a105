#!/usr/bin/python3
"""snapshot.py URL ROOM [FOLDER] [--token TOKEN]: saves a picture of each participant who shows one, of each screen and each second camera, as PNG, and
leaves after five seconds. FOLDER is made if need be. TOKEN is an access token; an invitation's address as URL has one, too."""
import argparse
import re
import struct
import sys
import zlib
from pathlib import Path


class Usage(argparse.ArgumentParser):
    def error(self, message):
        sys.exit(f'usage: {__doc__}')


if __name__ == '__main__':  # first, whatever is missing
    arguments = Usage(add_help=False)
    arguments.add_argument('url')
    arguments.add_argument('room')
    arguments.add_argument('folder', nargs='?', default='.')
    arguments.add_argument('--token')
    chosen = arguments.parse_args()

try:
    import heddle_client
except ImportError as error:
    sys.exit(str(error))

SECONDS = 5


def clamp(value):
    return 0 if value < 0 else 255 if value > 255 else int(value)


def rgb_rows(picture):
    """BT.601, as cameras and WebRTC have it."""
    luma, blue, red = picture.planes
    half = (picture.width + 1) // 2
    for y in range(picture.height):
        row = bytearray()
        for x in range(picture.width):
            at = y // 2 * half + x // 2
            light, u, v = 1.164 * (luma[y * picture.width + x] - 16), blue[at] - 128, red[at] - 128
            row += bytes((clamp(light + 1.596 * v), clamp(light - 0.392 * u - 0.813 * v), clamp(light + 2.017 * u)))
        yield bytes(row)


def png(picture):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    head = struct.pack('>IIBBBBB', picture.width, picture.height, 8, 2, 0, 0, 0)
    rows = b''.join(b'\0' + row for row in rgb_rows(picture))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


def main(url, room, folder='.', token=None):
    latest = {}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f'{folder}: {error.strerror}'

    def keep(participant, source, picture):
        latest[participant, source] = picture

    with heddle_client.Client(url, room, 'Snapshot', on_picture=keep, token=token) as call:
        for event in call.events(SECONDS):
            if event.type == 'ended' and event.participant != 'left':
                return f'{event.participant}: {event.text}'
        names = {remote['participant']: remote['name'] for remote in call.remotes()}
    for (participant, source), picture in latest.items():
        name = re.sub(r'[^A-Za-z0-9]+', '_', names[participant]) + ('' if source == 'camera' else f'-{source}')
        file = Path(folder) / f'{participant}-{name}.png'
        try:
            file.write_bytes(png(picture))
        except OSError as error:
            return f'{file}: {error.strerror}'
        print(file)
    return 0 if latest else 'nobody showed a picture'


if __name__ == '__main__':
    try:
        sys.exit(main(**vars(chosen)))
    except heddle_client.Error as error:
        sys.exit(str(error))
