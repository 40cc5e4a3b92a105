"""Heddle's client library in Python: join a room, see and hear the others, send a file or a test picture.

    import heddle_client

    with heddle_client.Client('http://127.0.0.1:8080', 'daily', 'Ann') as call:
        call.publish(video='test', audio='test')
        for event in call.events():
            print(event.type, event.participant, event.text)
            if event.type == 'participant-left':
                call.leave()

What each function does, and the names of events, are in heddle_client.h: `heddle_client_chat()` is `call.chat()` here, and
HEDDLE_CLIENT_PARTICIPANT_LEFT is 'participant-left'. Everything runs in the thread that takes the events. Needs python3-cffi and the
shared library: that of the prefix or the clone that this file is in, or another that HEDDLE_CLIENT_LIBRARY tells.
"""
import os
import re
import time
from collections import namedtuple
from pathlib import Path

try:
    import cffi
except ModuleNotFoundError:
    raise ImportError('heddle_client needs cffi for Python: apt-get install python3-cffi') from None

Event = namedtuple('Event', 'type participant text')
Picture = namedtuple('Picture', 'width height planes')  # I420: three planes as bytes, without a stride
UV_RUN_DEFAULT, UV_RUN_ONCE = 0, 1


class Error(Exception):
    """The reason in words."""


def _header():
    here = Path(__file__).resolve().parent
    places = [here / 'heddle_client.h', here.parent / 'include' / 'heddle_client.h']  # as installed; in the source tree
    text = next(place for place in places if place.exists()).read_text()
    return text[text.index('struct heddle_client;'):text.index('#pragma GCC visibility pop')]


def _open_library():
    """As installed it is beside: PREFIX/share/heddle/python and PREFIX/lib, or lib/x86_64-linux-gnu; in the source tree it is built."""
    here, name = Path(__file__).resolve().parent, 'libheddle_client.so.0'
    places = []
    if here.parts[-3:] == ('share', 'heddle', 'python'):
        prefix = here.parents[2]
        places = [*prefix.glob(f'lib*/{name}'), *prefix.glob(f'lib*/*/{name}')]
    elif here.parts[-2:] == ('client', 'python'):
        places = [here.parents[1] / 'build/client/install' / name]
    found = next((str(place) for place in places if place.exists()), name)
    try:
        return ffi.dlopen(os.environ.get('HEDDLE_CLIENT_LIBRARY') or found)
    except OSError as error:
        raise ImportError(f'heddle_client needs {name} (in a clone: ./dev build; elsewhere HEDDLE_CLIENT_LIBRARY tells where it is): {error}') from None


_declarations = _header()
ffi = cffi.FFI()
ffi.cdef('typedef struct uv_loop_s uv_loop_t;\n' + _declarations)
ffi.cdef('size_t uv_loop_size(void); int uv_loop_init(uv_loop_t *); int uv_loop_close(uv_loop_t *); int uv_run(uv_loop_t *, int);')
_library = _open_library()
_uv = ffi.dlopen('libuv.so.1')
_events = {number: name.removeprefix('HEDDLE_CLIENT_').lower().replace('_', '-')
           for number, name in ffi.typeof('enum heddle_client_event_type').elements.items()}
# Functions whose arguments are the client and texts, numbers or booleans: they are methods under their own names.
_plain = {name for name in re.findall(r'^void heddle_client_(\w+)\(struct heddle_client \*client', _declarations, re.M)}


def _text(value):
    return ffi.string(value).decode() if value else ''


def _plain_value(value):
    """A struct as a dictionary, a text as str, an array as a list."""
    if not isinstance(value, ffi.CData):
        return value
    kind = ffi.typeof(value)
    if kind.kind == 'struct':
        return {name: _plain_value(getattr(value, name)) for name, _ in kind.fields}
    if kind.kind == 'array':
        return [_plain_value(one) for one in value]
    return _text(value)


class Client:
    """A participant of one call. `on_picture(participant, Picture)` and `on_audio(participant, samples)` (stereo, 48 kHz, 16 bits, bytes)
    are called while events are taken. Options are the fields of struct heddle_client_config."""

    def __init__(self, url, room=None, name=None, on_picture=None, on_audio=None, receive=True, **options):
        self._waiting, self._ended, self._error = [], False, None
        self._held = []  # texts and callbacks that the library has pointers to
        self._loop_memory = ffi.new('char[]', _uv.uv_loop_size())
        self._loop = ffi.cast('uv_loop_t *', self._loop_memory)
        _uv.uv_loop_init(self._loop)
        config = self._struct('struct heddle_client_config *', dict(options, url=url, room=room, name=name, receive=receive))
        self._listener = ffi.new('struct heddle_client_listener *', {
            'event': self._callback('void(void *, const struct heddle_client_event *)', self._take_event)})
        if on_picture:
            self._listener.picture = self._callback(
                'void(void *, const char *, const struct heddle_client_picture *)',
                lambda _, participant, picture: on_picture(_text(participant), _picture(picture)))
        if on_audio:
            self._listener.audio = self._callback(
                'void(void *, const char *, const int16_t *, size_t)',
                lambda _, participant, samples, count: on_audio(_text(participant), bytes(ffi.buffer(samples, count * 4))))
        out, reason = ffi.new('struct heddle_client **'), ffi.new('const char **')
        if _library.heddle_client_new(out, self._loop, config, self._listener, reason) != 0:
            raise Error(_text(reason[0]))
        self._client = out[0]

    def _callback(self, signature, function):
        def guarded(*arguments):
            try:
                function(*arguments)
            except Exception as error:  # it cannot pass through the C library: raised again by events()
                self._error = self._error or error
        callback = ffi.callback(signature, guarded)
        self._held.append(callback)
        return callback

    def _c(self, value):
        if isinstance(value, str):
            value = ffi.new('char[]', value.encode())
            self._held.append(value)
        return ffi.NULL if value is None else value

    def _struct(self, kind, fields):
        return ffi.new(kind, {name: self._c(value) for name, value in fields.items()})

    def _take_event(self, _, event):
        self._waiting.append(Event(_events[event.type], _text(event.participant), _text(event.text)))

    def publish(self, **media):
        """Fields of struct heddle_client_media: video='test', audio='tone.wav', width=640..."""
        reason = ffi.new('const char **')
        if _library.heddle_client_publish(self._client, self._struct('struct heddle_client_media *', media), reason) != 0:
            raise Error(_text(reason[0]))

    def __getattr__(self, name):
        if name not in _plain:
            raise AttributeError(name)
        return lambda *arguments: getattr(_library, 'heddle_client_' + name)(self._client, *map(self._c, arguments))

    def events(self, seconds=None):
        """Joins, and gives one event after the other until the call has ended; after so many seconds it leaves."""
        end = None if seconds is None else time.monotonic() + seconds
        _library.heddle_client_join(self._client)
        while not self._ended:
            _uv.uv_run(self._loop, UV_RUN_ONCE)
            if end is not None and time.monotonic() > end:
                _library.heddle_client_leave(self._client)
                end = None
            if self._error:
                raise self._error
            while self._waiting:
                event = self._waiting.pop(0)
                self._ended = self._ended or event.type == 'ended'
                yield event

    def stats(self):
        out = ffi.new('struct heddle_client_stats *')
        _library.heddle_client_get_stats(self._client, out)
        return _plain_value(out[0])

    def remotes(self):
        """What was received of each other participant, by struct heddle_client_remote."""
        out = ffi.new('struct heddle_client_remote *')
        for index in range(self.stats()['remotes']):
            _library.heddle_client_get_remote(self._client, index, out)
            yield _plain_value(out[0])

    def close(self):
        if self._client != ffi.NULL:
            _library.heddle_client_free(self._client)
            self._client = ffi.NULL
            _uv.uv_run(self._loop, UV_RUN_DEFAULT)
            _uv.uv_loop_close(self._loop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _picture(picture):
    def plane(index, width, height):
        stride = picture.strides[index]
        rows = ffi.buffer(picture.planes[index], stride * (height - 1) + width)
        return b''.join(rows[row * stride:row * stride + width] for row in range(height))
    width, height = picture.width, picture.height
    half = (width + 1) // 2, (height + 1) // 2
    return Picture(width, height, (plane(0, width, height), plane(1, *half), plane(2, *half)))
