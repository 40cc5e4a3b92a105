// Files among the messages of the chat: what one offers and is offered, how far it is, and what can be done with it.

import { setText, text } from '../i18n.js';
import { FileTransfers, OPEN_MAX } from '../file_transfers.js';
import { FileDrop } from './file_drop.js';
import { FileNews } from './file_news.js';
import { canTake, openSink } from './file_sinks.js';
import { incomingWords, outgoingWords, shortName, sizeWords } from './file_words.js';
import { isolated, nameWords } from './name.js';
import { OnceAFrame } from './once_a_frame.js';

const ROWS_MAX = 40; // the oldest that is over makes room; before one that has come and is not saved, others do
const byId = (id) => document.getElementById(id);

/** A file in the list; its elements stay, so that the focus does. */
class Row {
  /** @param {object} file incoming or outgoing @param {string} about who and how large */
  constructor(file, about) {
    this.file = file;
    this.isIncoming = 'from' in file;
    this.key = ''; // what there is to do
    this.url = '';
    this.isSaved = false;
    this.item = document.createElement('li');
    this.item.className = 'file';
    this.item.setAttribute('aria-live', 'off'); // the page says what is to be heard
    this.item.innerHTML = '<bdi class="name"></bdi><p class="quiet"></p><p class="state"></p><progress max="100"></progress><div class="acts"></div>';
    [this.name, this.about, this.state, this.progress, this.acts] = this.item.children;
    this.name.textContent = shortName(file.name);
    this.name.title = file.name;
    this.about.textContent = about;
    this.progress.setAttribute('aria-label', text('fileProgress', { file: file.name }));
  }

  get isOver() {
    return this.isIncoming ? this.file.isOver : !this.file.isOpen;
  }

  /** Its bytes are nowhere else. */
  get isUnsaved() {
    return Boolean(this.file.blob) && !this.isSaved;
  }

  /**
   * @param {string} words @param {number|null} part that has come, 0 to 1
   * @param {[key: string, name: string, run: (() => void)|string][]} acts run: or the address of what is saved
   */
  show(words, part, acts) {
    this.state.textContent = words;
    this.state.hidden = words === '';
    this.progress.hidden = part === null;
    this.progress.value = Math.floor(100 * (part ?? 0));
    const key = acts.map(([label]) => label).join();
    if (key === this.key) return;
    this.key = key;
    const hadFocus = this.acts.contains(document.activeElement);
    this.acts.replaceChildren(...acts.map((act) => this.#make(act)));
    this.acts.hidden = acts.length === 0;
    if (hadFocus) (this.acts.children[0] ?? byId('file-choose')).focus();
  }

  #make([label, name, run]) {
    const isLink = typeof run === 'string';
    const element = document.createElement(isLink ? 'a' : 'button');
    setText(element, label);
    element.setAttribute('aria-label', text(name, { file: this.file.name }));
    if (isLink) Object.assign(element, { href: run, download: this.file.name, onclick: () => { this.isSaved = true; } });
    else Object.assign(element, { type: 'button', className: 'small', onclick: run });
    return element;
  }
}

export class FileList {
  /**
   * @param {import('../call.js').Call} call
   * @param {{chat: import('./chat.js').Chat, notice: import('./notice.js').CallNotice, say: (words: string) => void,
   *   onUnread: () => void, open: () => void}} page
   *   say: to screen readers; open: shows the chat
   */
  constructor(call, { chat, notice, say, onUnread, open }) {
    Object.assign(this, { call, chat, say, onUnread, open });
    this.news = new FileNews(notice, open);
    this.transfers = new FileTransfers(call);
    this.names = new Map(); // of everybody who is or was here
    /** @type {Map<object, Row>} by file, as they came */
    this.rows = new Map();
    this.drawing = new OnceAFrame(() => this.#draw());
    this.transfers.addEventListener('offered', ({ detail }) => this.#offered(detail));
    this.transfers.addEventListener('changed', () => this.drawing.soon());
    this.drop = new FileDrop(byId('drop-hint'), { promise: () => this.#promise(), take: (files) => this.#offer(files) });
    byId('file-choose').onclick = () => byId('file-input').click();
    byId('file-input').onchange = () => {
      this.#offer([...byId('file-input').files]);
      byId('file-input').value = ''; // the same one may be chosen again
    };
  }

  /** Call it when participants have changed. */
  update() {
    for (const { id, name } of this.call.participants.values()) this.names.set(id, nameWords(name));
    this.drawing.soon(); // whether anybody is there to take a file
  }

  /** Call it when the chat is opened. */
  showRead() {
    this.news.clear();
  }

  /** What becomes of files that are dropped now. */
  #promise() {
    const { canWrite, to } = this.chat;
    if (!canWrite) return null;
    return to ? text('dropForOne', { name: isolated(nameWords(to.name)) }) : text('dropForAll');
  }

  #offer(files) {
    const { to } = this.chat;
    this.open();
    const offers = files.map((file) => this.transfers.offer(file, { to: to?.id })).filter(Boolean);
    for (const outgoing of offers) {
      const values = { name: isolated(nameWords(to?.name)), size: sizeWords(outgoing.size) };
      this.#add(outgoing, text(to ? 'fileTo' : 'fileToAll', values));
    }
    const left = files.length - offers.length;
    byId('chat-problem').hidden = left === 0;
    if (left > 0) setText(byId('chat-problem'), 'filesTooMany', { n: left, most: OPEN_MAX });
  }

  #offered(incoming) {
    const name = this.names.get(incoming.from) ?? text('nameless');
    const size = sizeWords(incoming.size);
    this.#add(incoming, text(incoming.isPrivate ? 'fileFromToYou' : 'fileFrom', { name: isolated(name), size }));
    if (byId('chat').hidden) this.news.add(incoming, name); // and tells screen readers
    else this.say(text('fileOffered', { name: isolated(name), file: isolated(incoming.name), size }));
    if (byId('chat').hidden || document.hidden) this.onUnread();
  }

  #add(file, about) {
    const row = new Row(file, about);
    this.rows.set(file, row);
    this.chat.add(row.item, !row.isIncoming);
    const over = [...this.rows.values()].filter(({ isOver }) => isOver);
    if (this.rows.size > ROWS_MAX && over.length > 0) this.#remove(over.find(({ isUnsaved }) => !isUnsaved) ?? over[0]);
    this.drawing.soon();
  }

  #remove(row) {
    const hadFocus = row.item.contains(document.activeElement);
    if (row.url) URL.revokeObjectURL(row.url);
    this.rows.delete(row.file);
    this.chat.remove(row.item);
    if (hadFocus) byId('file-choose').focus();
  }

  /** Bytes in memory, of files that came or come. */
  #kept() {
    return [...this.rows.keys()].reduce((sum, { state, size, sink, blob }) => sum + (blob || (state === 'receiving' && sink.parts) ? size : 0), 0);
  }

  #draw() {
    this.news.update();
    for (const row of [...this.rows.values()]) {
      if (row.isIncoming) this.#drawIncoming(row);
      else this.#drawOutgoing(row);
    }
    this.chat.keepEnd();
  }

  #drawOutgoing(row) {
    const { file } = row;
    const receiving = [...file.receivers.values()].filter(({ state }) => state === 'receiving');
    const part = receiving.length > 0 ? receiving.reduce((sum, { received }) => sum + received, 0) / Math.max(1, file.size * receiving.length) : null;
    row.told ??= new Set();
    for (const { id, state } of file.receivers.values()) {
      if (state !== 'done' || row.told.has(id)) continue;
      row.told.add(id);
      this.say(text('fileOneHas', { name: isolated(this.names.get(id) ?? text('nameless')), file: isolated(file.name) }));
    }
    row.show(outgoingWords(file, this.names, this.call.participants.size === 0), part, [file.isOpen ? ['cancel', 'cancelFile', () => file.cancel()] : this.#removal(row)]);
  }

  #drawIncoming(row) {
    const { file } = row;
    if (file.state === 'refused' && file.reason === 'declined') {
      this.#remove(row);
      return;
    }
    const isTaken = file.state === 'receiving';
    const words = incomingWords(file, isolated(this.names.get(file.from) ?? text('nameless')));
    const fits = file.state !== 'offered' || canTake(file.size, this.#kept());
    row.show(fits ? words : text('fileTooLarge'), isTaken ? file.received / Math.max(1, file.size) : null, this.#actsOf(row, fits));
    if (file.isOver && !row.isTold) this.say(file.state === 'done' ? text('fileHasCome', { file: isolated(file.name) }) : words);
    row.isTold = file.isOver;
  }

  #actsOf(row, fits) {
    const { file } = row;
    const cancel = (label, name) => [label, name, () => file.refuse()];
    if (file.state === 'offered') return [...(fits ? [['fileAccept', 'acceptFile', () => this.#accept(file)]] : []), cancel('fileDecline', 'declineFile')];
    if (file.state === 'receiving') return [cancel('cancel', 'cancelFile')];
    if (file.blob && !row.url) row.url = URL.createObjectURL(file.blob);
    return [...(row.url ? [['fileSave', 'saveFile', row.url]] : []), this.#removal(row)];
  }

  #removal(row) {
    return ['fileRemove', 'removeFile', () => this.#remove(row)];
  }

  async #accept(file) {
    const sink = await openSink(file, this.#kept());
    if (sink && file.state === 'offered') file.accept(sink);
    else sink?.abort();
  }

  close() {
    this.drawing.cancel();
    this.drop.close();
    for (const row of [...this.rows.values()]) {
      if (row.isIncoming) row.file.end('stopped', 'left');
      this.#remove(row);
    }
  }
}
