// The chat beside the tiles. Everything is text. A participant who floods it costs the others one layout a frame and a list of
// bounded length.

import { setText, text } from '../i18n.js';
import { shownName } from './name.js';

export const LINES_MAX = 200;
const END_NEAR = 30; // pixels

export class Chat {
  /** @param {import('../call.js').Call} call @param {() => void} onUnread a message came while the panel is closed */
  constructor(call, onUnread) {
    this.call = call;
    this.onUnread = onUnread;
    this.panel = document.getElementById('chat');
    this.log = document.getElementById('chat-log');
    this.input = document.getElementById('chat-text');
    this.problem = document.getElementById('chat-problem');
    this.problem.hidden = true;
    this.isAtEnd = true; // the list scrolls with new messages only while its end is in view
    this.log.onscroll = () => { this.isAtEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - END_NEAR; };
    this.waiting = []; // lines for the next frame, or for when the panel is opened
    this.isDue = false;
    this.panel.hidden = true;
    this.input.value = '';
    this.log.replaceChildren();
    document.getElementById('chat-form').onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
  }

  /** One's own message comes back from the server like the others'; a message that cannot be sent stays in the input field. */
  #submit() {
    const message = this.input.value.trim();
    if (!message) return;
    const isSent = this.call.chat(message);
    if (isSent) {
      this.input.value = '';
      this.isAtEnd = true;
    } else setText(this.problem, 'notSent');
    this.problem.hidden = isSent;
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

  /** A message `from` somebody who is not (or no longer) in the room is ignored: there is no name to show with it. */
  receive({ from, text: message }) {
    const isOwn = from === this.call.self;
    const name = isOwn ? this.call.name : this.call.participants.get(from)?.name;
    if (name === undefined) return;
    this.waiting.push({ name, message, isOwn });
    if (this.waiting.length > LINES_MAX) this.waiting.shift();
    if (this.panel.hidden) this.onUnread();
    else this.#drawSoon();
  }

  #drawSoon() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      if (!this.panel.hidden) this.#draw();
    });
  }

  #draw() {
    const lines = document.createDocumentFragment();
    for (const line of this.waiting) lines.append(this.#makeLine(line));
    this.waiting = [];
    this.log.append(lines);
    while (this.log.children.length > LINES_MAX) this.log.children[0].remove();
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  #makeLine({ name, message, isOwn }) {
    const line = document.createElement('li');
    const who = document.createElement('bdi');
    const what = document.createElement('bdi'); // a message must not reorder the name beside it
    who.className = isOwn ? 'who own' : 'who';
    who.textContent = shownName(name) || text('nameless');
    what.textContent = message;
    line.append(who, what);
    return line;
  }
}
