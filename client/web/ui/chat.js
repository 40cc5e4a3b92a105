// The chat beside the tiles. Everything is text. A participant who floods it costs the others one
// layout a frame and a list of bounded length.

import { currentLanguage, setText, text } from '../i18n.js';
import { splitUrls } from './chat_urls.js';
import { isolated, nameWords } from './name.js';
import { OnceAFrame } from './once_a_frame.js';

export const LINES_MAX = 200;
const END_NEAR = 30; // pixels

export class Chat {
  /**
   * @param {import('../call.js').Call} call
   * @param {() => void} onUnread another's message came while the panel is closed, or the page is not seen
   */
  constructor(call, onUnread) {
    this.call = call;
    this.onUnread = onUnread;
    this.panel = document.getElementById('chat');
    this.log = document.getElementById('chat-log');
    this.input = document.getElementById('chat-text');
    this.problem = document.getElementById('chat-problem');
    this.problem.hidden = true;
    this.size = this.#size();
    this.isAtEnd = true; // the list scrolls with new messages only while its end is in view
    this.log.onscroll = () => this.#scrolled();
    this.resize = new ResizeObserver(() => this.#resized()); // a phone is turned, its keyboard comes
    this.resize.observe(this.log);
    this.waiting = []; // messages, or elements of others, for the next frame or for when the panel is opened
    this.lines = []; // messages in the list, the oldest first
    this.drawing = new OnceAFrame(() => this.panel.hidden || this.#draw());
    this.panel.hidden = true;
    this.input.value = '';
    this.log.replaceChildren();
    this.known = new Set(); // what the history has, too: after a new start of the call it comes again
    this.writeTo(null);
    document.getElementById('chat-to-all').onclick = () => {
      this.input.value = ''; // what was meant for one must not go to all
      this.writeTo(null);
      this.input.focus();
    };
    this.newer = document.getElementById('chat-new');
    this.newer.hidden = true;
    this.newer.onclick = () => {
      this.isAtEnd = true;
      this.keepEnd();
    };
    document.getElementById('chat-form').onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
  }

  /**
   * One's own message comes back from the server like the others'; a message that cannot
   * be sent stays in the input field.
   */
  #submit() {
    const message = this.input.value.trim();
    if (!message) return;
    const isSent = this.call.chat(message, this.to?.id);
    if (isSent) {
      this.input.value = '';
      this.isAtEnd = true;
    } else setText(this.problem, 'notSent');
    this.problem.hidden = isSent;
  }

  /**
   * From now on what is written goes to one participant alone; null: to everybody.
   * @param {import('../protocol.js').Participant|null} participant
   */
  writeTo(participant) {
    this.to = participant;
    document.getElementById('chat-private').hidden = !participant;
    this.update();
  }

  get #isTargetGone() {
    return Boolean(this.to) && !this.call.participants.has(this.to.id);
  }

  /** What was meant for one must not go to all. */
  get canWrite() {
    return this.call.permissions.chat !== false && !this.#isTargetGone;
  }

  /** Call it when participants have changed. */
  update() {
    this.input.disabled = !this.canWrite;
    const name = this.to ? isolated(nameWords(this.to.name)) : '';
    if (this.to) setText(document.getElementById('chat-to'), this.#isTargetGone ? 'chatToGone' : 'chatTo', { name });
    this.input.placeholder = text(this.to ? 'messageToOne' : 'messageToAll', { name });
    document.getElementById('file-choose').disabled = !this.canWrite;
  }

  #size() {
    return `${this.log.clientWidth} ${this.log.clientHeight}`;
  }

  /** By a person: a browser scrolls, too, when the list has another size and its lines have other heights. */
  #scrolled() {
    if (this.#size() === this.size) this.isAtEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - END_NEAR;
    if (this.isAtEnd) this.newer.hidden = true;
  }

  #resized() {
    this.size = this.#size();
    this.keepEnd();
  }

  /** @returns {boolean} whether the panel is open now */
  toggle() {
    this.panel.hidden = !this.panel.hidden;
    if (!this.panel.hidden) {
      this.#draw();
      this.input.focus();
    }
    return !this.panel.hidden;
  }

  /** What was written before we came. */
  receiveHistory(messages) {
    for (const message of messages) if (this.#take({ ...message, isOld: true }) && this.panel.hidden) this.onUnread();
    this.#drawSoon();
  }

  receive(message) {
    if (!this.#take(message)) return;
    const isOwn = message.from === this.call.self;
    if (!isOwn && (this.panel.hidden || globalThis.document.hidden)) this.onUnread();
    this.#drawSoon();
  }

  /** @returns {boolean} whether it is a new one */
  #take({ from, name, text: message, at, to, isOld = false }) {
    const key = `${from} ${at} ${message}`;
    if (this.known.has(key)) return false;
    this.known.add(key);
    for (const oldest of this.known) if (this.known.size > 2 * LINES_MAX) this.known.delete(oldest);
    const isOwn = from === this.call.self && !isOld;
    this.waiting.push({ name, message, at, isOwn, to: to && this.#nameOfTarget(to), answerTo: to && !isOwn ? from : '' });
    if (this.waiting.length > LINES_MAX) this.waiting.splice(this.waiting.findIndex(({ element }) => !element), 1);
    return true;
  }

  #nameOfTarget(id) {
    return id === this.call.self ? text('you') : nameWords(this.call.participants.get(id)?.name);
  }

  /**
   * Something else that stands among the messages, where it came, until remove(): no flood pushes it out.
   * @param {HTMLElement} element @param {boolean} isOwn what one sends is to be seen
   */
  add(element, isOwn) {
    if (isOwn) this.isAtEnd = true;
    this.waiting.push({ element });
    this.#drawSoon();
  }

  remove(element) {
    this.waiting = this.waiting.filter((one) => one.element !== element);
    element.remove();
  }

  #drawSoon() {
    if (!this.panel.hidden) this.drawing.soon();
  }

  #draw() {
    const added = document.createDocumentFragment();
    for (const { element, ...message } of this.waiting) {
      if (!element) this.lines.push(this.#makeLine(message));
      added.append(element ?? this.lines.at(-1));
    }
    this.waiting = [];
    this.log.append(added);
    while (this.lines.length > LINES_MAX) this.lines.shift().remove();
    if (!this.isAtEnd && added) this.newer.hidden = false;
    this.keepEnd();
  }

  /** Call it when what stands among the messages has another height. */
  keepEnd() {
    if (!this.isAtEnd) return;
    this.log.scrollTop = this.log.scrollHeight;
    this.newer.hidden = true;
  }

  close() {
    this.drawing.cancel();
    this.resize.disconnect();
  }

  #makeLine({ name, message, isOwn, at, to, answerTo }) {
    const line = document.createElement('li');
    const who = document.createElement('bdi');
    const what = document.createElement('bdi'); // a message must not reorder the name beside it
    who.className = isOwn ? 'who own' : 'who';
    who.textContent = nameWords(name);
    what.append(...splitUrls(message).map(({ text: words, href }) => (href ? this.#makeAnchor(words, href) : words)));
    what.className = 'what';
    line.append(who, ...(at ? [this.#makeTime(at)] : []), ...(to ? [this.#makeNote(text('privately', { name: isolated(to) }))] : []), what);
    if (answerTo) line.append(this.#makeAnswer(answerTo));
    return line;
  }

  /** Who answers a private message in the field below would tell everybody. */
  #makeAnswer(id) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'small' });
    setText(button, 'answerPrivately');
    button.onclick = () => {
      const participant = this.call.participants.get(id);
      if (participant) this.writeTo(participant);
      else button.disabled = true; // gone
      this.input.focus();
    };
    return button;
  }

  #makeTime(at) {
    const when = new Date(at);
    return Object.assign(document.createElement('time'), { dateTime: when.toISOString(), textContent: when.toLocaleTimeString(currentLanguage(), { hour: '2-digit', minute: '2-digit' }) });
  }

  #makeNote(words) {
    return Object.assign(document.createElement('span'), { className: 'note', textContent: words });
  }

  #makeAnchor(words, href) {
    return Object.assign(document.createElement('a'), { textContent: words, href, dir: 'ltr', target: '_blank', rel: 'noopener noreferrer nofollow' });
  }
}
