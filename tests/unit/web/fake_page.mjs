// As much of a document, of devices and of frames as the page's parts need to be tested in plain Node.
import { startVirtualTime } from './virtual_time.mjs';

export class FakeElement {
  constructor(name) {
    this.name = name;
    this.children = [];
    this.dataset = {};
    this.value = '';
    this.hidden = true;
    this.disabled = false;
    this.own = '';
    this.attributes = new Map();
    this.classList = { toggle: (key, on) => { this.attributes.set(key, on); } };
    this.scrollHeight = 0;
    this.clientHeight = 0;
    this.scrolls = 0;
    this.position = 0;
  }

  get options() { return this.children; }
  get textContent() { return this.own + this.children.map((child) => child.textContent ?? child).join(''); }
  set textContent(text) { this.own = text; this.children = []; }
  get scrollTop() { return this.position; }
  set scrollTop(value) { this.scrolls += 1; this.position = value; }
  /** Without text, and without elements in elements. */
  set innerHTML(html) { this.replaceChildren(...[...html.matchAll(/<(\w+)/g)].map(([, name]) => new FakeElement(name))); }
  contains(element) { return element === this || this.children.some((child) => child.contains(element)); }
  append(...added) {
    const children = added.flatMap((one) => (one.name === 'fragment' ? one.children : [one]));
    for (const child of children) {
      if (typeof child === 'string') this.own += child;
      else child.parent = this;
    }
    this.children.push(...children.filter((child) => typeof child !== 'string'));
  }
  remove() { this.parent.children.splice(this.parent.children.indexOf(this), 1); }
  replaceChildren(...children) { this.children = []; this.own = ''; this.append(...children); }
  querySelector() { this.part ??= new FakeElement('part'); return this.part; }
  getAttribute(key) { return this.attributes.get(key) ?? null; }
  setAttribute(key, value) { this.attributes.set(key, value); }
  hasAttribute(key) { return this.attributes.has(key); }
  addEventListener() {}
  async play() {}
  focus() { focused.push(this.id); }
}

/** Made of kinds, or of tracks. */
export class FakeStream {
  constructor(...parts) {
    this.tracks = parts.flat().map((part) => (part.kind ? part : { kind: part, enabled: true, readyState: 'live', stop() { this.readyState = 'ended'; } }));
  }

  get isStopped() { return this.tracks.every(({ readyState }) => readyState === 'ended'); }

  getTracks() { return this.tracks; }
  getVideoTracks() { return this.tracks.filter(({ kind }) => kind === 'video'); }
  getAudioTracks() { return this.tracks.filter(({ kind }) => kind === 'audio'); }
}

export const focused = []; // ids, as they got the focus
export const devices = { answers: [], wanted: [], denied: [] }; // answers: {resolve, reject} of each question for camera and microphone
let elements = new Map();
let frames = [];

export const byId = (id) => {
  if (!elements.has(id)) elements.set(id, Object.assign(new FakeElement('div'), { id }));
  return elements.get(id);
};

/** The next picture is drawn. @returns how many callbacks waited for it */
export function drawFrame() {
  const due = frames;
  frames = [];
  for (const callback of due) callback();
  return due.length;
}

/** A new, empty page. */
export function fakePage() {
  elements = new Map();
  frames = [];
  focused.length = 0;
  for (const list of Object.values(devices)) list.length = 0;
  startVirtualTime();
  globalThis.RTCPeerConnection = class {};
  globalThis.isSecureContext = true;
  globalThis.document = {
    getElementById: byId,
    createElement: (name) => new FakeElement(name),
    createDocumentFragment: () => new FakeElement('fragment'),
  };
  globalThis.localStorage = { getItem: () => null, setItem: () => {} };
  globalThis.MediaStream = FakeStream;
  globalThis.ResizeObserver = class { observe() {} disconnect() {} };
  globalThis.requestAnimationFrame = (callback) => {
    frames.push(callback);
    return callback;
  };
  globalThis.cancelAnimationFrame = (callback) => { frames = frames.filter((one) => one !== callback); };
  const mediaDevices = {
    getUserMedia: (wanted) => new Promise((resolve, reject) => {
      devices.wanted.push(wanted);
      devices.answers.push({ resolve, reject });
    }),
    enumerateDevices: async () => [],
  };
  const permissions = { query: async ({ name }) => ({ state: devices.denied.includes(name) ? 'denied' : 'prompt' }) };
  Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices, permissions }, configurable: true });
}
