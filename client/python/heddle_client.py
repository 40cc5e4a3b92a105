"""Heddle's client library in Python: join a room, see and hear the others, send a file or a test picture.

    import heddle_client

    with heddle_client.Client('http://127.0.0.1:8080', 'daily', 'Ann') as call:
        call.publish(video='test', audio='test')
        for event in call.events():
            print(event.type, event.participant, event.text)
            if event.type == 'participant-left':
                call.leave()

What each function does, and the names of events, are in heddle_client.h: `heddle_client_chat()` is `call.chat()` here, and
HEDDLE_CLIENT_PARTICIPANT_LEFT is 'participant-left'. Everything runs in the thread that takes the events. A script sends
its own pictures and sound by `add_source()`, `push_picture()` and `push_audio()`, mostly at each 'tick', which events() gives when it is
asked to (`call.events(every=0.04)`). Needs python3-cffi, the shared
library and its header heddle_client.h. Both are those of the prefix or the clone that this file is in. A copy of this file elsewhere takes
a header that is beside it, and a library that the system finds; or those of the prefix or clone of HEDDLE_CLIENT_LIBRARY, the library's path.
"""
import copy
import os
import re
import time
import weakref
from collections import namedtuple
from pathlib import Path

try:
    import cffi
except ModuleNotFoundError:
    raise ImportError('heddle_client needs cffi for Python: apt-get install python3-cffi') from None

Event = namedtuple('Event', 'type participant text')
Picture = namedtuple('Picture', 'width height planes')  # I420: three planes as bytes, without a stride
UV_RUN_DEFAULT, UV_RUN_ONCE, UV_TIMER = 0, 1, 13
SIDE_MAX, AUDIO_BYTES = 8192, 960 * 2 * 2  # of a picture; of 20 ms
POLICIES = ('ordered', 'unordered', 'lossy')


class Error(Exception):
    """The reason in words."""


def _near_library(library):
    """The header of a library that HEDDLE_CLIENT_LIBRARY tells: PREFIX/lib, or lib/x86_64-linux-gnu; or build/client/install of a clone."""
    if not library:
        return []
    folders = Path(library).resolve().parents
    return [folder / inside for folder in folders[1:4] for inside in ('include/heddle_client.h', 'client/include/heddle_client.h')]


def _header():
    here = Path(__file__).resolve().parent
    places = [*_near_library(os.environ.get('HEDDLE_CLIENT_LIBRARY')),
              here / 'heddle_client.h', here.parent / 'include/heddle_client.h',  # as installed; in the source tree
              Path('/usr/local/include/heddle_client.h'), Path('/usr/include/heddle_client.h')]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ImportError(f'heddle_client needs the file heddle_client.h beside it, in {here}, or HEDDLE_CLIENT_LIBRARY to tell an installed library')
    text = found.read_text()
    version = re.search(r'HEDDLE_CLIENT_VERSION "(0\.\d+|\d+)', text).group(1)
    return version, text[text.index('struct heddle_client;'):text.index('#pragma GCC visibility pop')]


def _open_library(version):
    """As installed it is beside: PREFIX/share/heddle/python and PREFIX/lib, or lib/x86_64-linux-gnu; in the source tree it is built."""
    here, name = Path(__file__).resolve().parent, f'libheddle_client.so.{version}'
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


_version, _declarations = _header()
ffi = cffi.FFI()
ffi.cdef('typedef struct uv_loop_s uv_loop_t;\n' + _declarations)
ffi.cdef('size_t uv_loop_size(void); int uv_loop_init(uv_loop_t *); int uv_loop_close(uv_loop_t *); int uv_run(uv_loop_t *, int);'
         'size_t uv_handle_size(int); int uv_timer_init(uv_loop_t *, void *); int uv_timer_start(void *, void (*)(void *), uint64_t, uint64_t);'
         'void uv_close(void *, void (*)(void *));')
_library = _open_library(_version)
_uv = ffi.dlopen('libuv.so.1')
_events = {number: name.removeprefix('HEDDLE_CLIENT_').lower().replace('_', '-')
           for number, name in ffi.typeof('enum heddle_client_event_type').elements.items()}
# Functions whose arguments are the client and texts, numbers or booleans: they are methods under their own names.
_plain = {name: ' '.join(parameters.split())
          for name, parameters in re.findall(r'^void heddle_client_(\w+)\(struct heddle_client \*client(?:,\s*([^)]*))?\);', _declarations, re.M)}
_with_none = {'admit', 'mute_participant', 'remove', 'report_recording'}  # where no text has a meaning; the others would read it


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


_texts = weakref.WeakKeyDictionary()  # of each struct: what it points to lives as long as it does


def _c(value):
    if isinstance(value, str):
        return ffi.new('char[]', value.encode())
    return ffi.NULL if value is None else value


def _named(source):
    if not isinstance(source, str):
        raise Error(f'a source is to be a text like "camera", not {source!r}')
    return _c(source)


def _bytes(name, value, length=None):
    """What the library reads of `value`: it takes the length on trust."""
    try:
        given = ffi.from_buffer('uint8_t[]', value)
    except (TypeError, ValueError, BufferError):
        raise Error(f'{name}: this is to be bytes, in one piece, not {type(value).__name__}') from None
    if length is not None and len(given) != length:
        raise Error(f'{name}: {len(given)} bytes where there are to be {length}')
    return given


def _c_picture(picture):
    width, height, planes = picture
    if not all(isinstance(side, int) and 2 <= side <= SIDE_MAX for side in (width, height)) or len(planes) != 3:
        raise Error(f'a picture is to have sides of 2 to {SIDE_MAX} pixels and three planes')
    half = (width + 1) // 2
    sizes = width * height, *2 * [half * ((height + 1) // 2)]
    given = [_bytes(f'plane {name} of {width}x{height}', *one) for name, *one in zip('YUV', planes, sizes)]
    return _struct('struct heddle_client_picture *', {'width': width, 'height': height, 'planes': given, 'strides': [width, half, half]})


def _struct(kind, fields):
    made, values = ffi.new(kind), {}
    _texts[made] = values
    for name, value in fields.items():
        try:
            values[name] = _c(value)
            setattr(made, name, values[name])
        except AttributeError:
            known = ', '.join(field for field, _ in ffi.typeof(made).item.fields)
            raise Error(f'there is no option "{name}"; there are {known}') from None
        except (TypeError, ValueError, OverflowError, KeyError):
            raise Error(f'the option "{name}" cannot be {value!r}') from None
    return made


class Client:
    """A participant of one call. `on_picture(participant, source, Picture)`, `on_audio(participant, source, samples)` (stereo, 48 kHz,
    16 bits, bytes) and `on_data(participant, topic, payload)` are called while events are taken. Options are the fields of struct
    heddle_client_config."""

    def __init__(self, url, room=None, name=None, on_picture=None, on_audio=None, on_data=None, receive=True, **options):
        self._waiting, self._ended, self._error = [], False, None
        self._given, self._callbacks, self._last = ffi.NULL, 0, None
        self._held = []  # callbacks that the library has pointers to; texts it copies
        config = _struct('struct heddle_client_config *', dict({'data': on_data is not None}, **options, url=url, room=room, name=name, receive=receive))
        self._loop_memory = ffi.new('char[]', _uv.uv_loop_size())
        self._loop = ffi.cast('uv_loop_t *', self._loop_memory)
        _uv.uv_loop_init(self._loop)
        self._timer = ffi.new('char[]', _uv.uv_handle_size(UV_TIMER))
        _uv.uv_timer_init(self._loop, self._timer)
        self._listener = ffi.new('struct heddle_client_listener *', {
            'event': self._callback('void(void *, const struct heddle_client_event *)', self._take_event)})
        if on_picture:
            self._listener.picture = self._callback(
                'void(void *, const char *, const char *, const struct heddle_client_picture *)',
                lambda _, participant, source, picture: on_picture(_text(participant), _text(source), _picture(picture)))
        if on_audio:
            self._listener.audio = self._callback(
                'void(void *, const char *, const char *, const int16_t *, size_t)',
                lambda _, participant, source, samples, count: on_audio(_text(participant), _text(source), bytes(ffi.buffer(samples, count * 4))))
        if on_data:
            self._listener.data = self._callback(
                'void(void *, const struct heddle_client_data *)',
                lambda _, data: on_data(_text(data.participant), _text(data.topic), bytes(ffi.buffer(data.payload, data.length))))
        out, reason = ffi.new('struct heddle_client **'), ffi.new('const char **')
        if _library.heddle_client_new(out, self._loop, config, self._listener, reason) != 0:
            self._close_loop()
            raise Error(_text(reason[0]))
        self._given = out[0]

    @property
    def _client(self):
        if self._given == ffi.NULL:
            raise Error('the call is closed')
        return self._given

    def _callback(self, signature, function):
        def guarded(*arguments):
            self._callbacks += 1
            try:
                function(*arguments)
            except Exception as error:  # it cannot pass through the C library: raised again by events()
                self._error = self._error or error
            finally:
                self._callbacks -= 1
        callback = ffi.callback(signature, guarded)
        self._held.append(callback)
        return callback

    def _take_event(self, _, event):
        self._waiting.append(Event(_events[event.type], _text(event.participant), _text(event.text)))

    def publish(self, **media):
        """Fields of struct heddle_client_media: video='test', audio='tone.wav', width=640..."""
        self._add(_library.heddle_client_publish, media)

    def publish_source(self, source, **media):
        """One of 'camera', 'microphone', 'screen', 'screen-audio' or a second one ('camera-2'), at any time; unpublish(source) ends it."""
        self._add(_library.heddle_client_publish_source, media, _named(source))

    def add_source(self, source, **media):
        """The same, of what is pushed; with `codec`, of frames that are encoded already."""
        self._add(_library.heddle_client_add_source, media, _named(source))

    def _add(self, function, media, *source):
        reason = ffi.new('const char **')
        if function(self._client, *source, _struct('struct heddle_client_media *', media), reason) != 0:
            raise Error(_text(reason[0]))

    def push_picture(self, source, picture):
        """A Picture, of the size that the source was added with."""
        _library.heddle_client_push_picture(self._client, _named(source), _c_picture(picture))

    def push_audio(self, source, samples):
        """20 ms: 960 stereo samples of 16 bits, as bytes."""
        sound = _bytes('samples', samples, AUDIO_BYTES)
        _library.heddle_client_push_audio(self._client, _named(source), ffi.cast('int16_t *', sound))

    def push_frame(self, source, data, is_keyframe=False):
        encoded = _bytes('data', data)
        frame = _struct('struct heddle_client_frame *', {'data': encoded, 'length': len(encoded), 'is_keyframe': is_keyframe})
        _library.heddle_client_push_frame(self._client, _named(source), frame)

    def send_data(self, payload, to=None, topic=None, policy='ordered'):
        """False: too much waits, and 'data-ready' follows. The client needs `on_data`, or `data=True`."""
        if policy not in POLICIES:
            raise Error(f'the policy is to be {", ".join(POLICIES)}, not {policy!r}')
        sent = _bytes('payload', payload)
        message = _struct('struct heddle_client_data *', {
            'participant': to, 'topic': topic, 'policy': POLICIES.index(policy), 'payload': sent, 'length': len(sent)})
        result = _library.heddle_client_send_data(self._client, message)
        if result < 0:
            raise Error('nobody has that id, it is too long, or there is no data channel')
        return result == 0

    def __getattr__(self, name):
        if name not in _plain:
            raise AttributeError(name)

        def call(*arguments):
            client = self._client
            try:
                if name not in _with_none and any(one is None for one in arguments):
                    raise TypeError
                getattr(_library, 'heddle_client_' + name)(client, *map(_c, arguments))
            except (TypeError, ValueError, OverflowError):
                given = ', '.join(type(one).__name__ for one in arguments)
                raise Error(f'{name}() takes ({_plain[name]}), not ({given})') from None
        return call

    def events(self, seconds=None, every=None):
        """Joins, and gives one event after the other until the call has ended, or is closed; after so many seconds it leaves. `every`:
        there is a 'tick' each so many seconds, too."""
        self._refuse_in_callback()
        end = None if seconds is None else time.monotonic() + seconds
        _library.heddle_client_join(self._client)
        if every is not None:
            tick = self._callback('void(void *)', lambda _: self._waiting.append(Event('tick', '', '')))
            _uv.uv_timer_start(self._timer, tick, 0, max(1, round(every * 1000)))
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
        """As of struct heddle_client_stats; of a closed call, what it was then. That holds for remotes(), too."""
        if self._last is not None:
            return copy.deepcopy(self._last[0])
        out = ffi.new('struct heddle_client_stats *')
        _library.heddle_client_get_stats(self._client, out)
        return _plain_value(out[0])

    def remotes(self):
        """What was received of each other participant, by struct heddle_client_remote."""
        if self._last is not None:
            return iter(copy.deepcopy(self._last[1]))
        out, found = ffi.new('struct heddle_client_remote *'), []
        for index in range(self.stats()['remotes']):
            _library.heddle_client_get_remote(self._client, index, out)
            found.append(_plain_value(out[0]))
        return iter(found)

    def close(self):
        """Ends the call at once: only stats() and remotes() can be used from then on. Not from a callback, which may call leave()."""
        if self._given == ffi.NULL:
            return
        self._refuse_in_callback()
        self._last = self.stats(), list(self.remotes())
        _library.heddle_client_free(self._given)
        self._given, self._ended = ffi.NULL, True
        self._waiting.clear()
        self._close_loop()

    def _refuse_in_callback(self):
        if self._callbacks > 0:
            raise Error('a callback can neither close the call nor take its events')

    def _close_loop(self):
        _uv.uv_close(self._timer, ffi.NULL)
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
