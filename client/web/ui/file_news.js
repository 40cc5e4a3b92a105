// Words over the call, with a way to the chat, while files that others offer have not been seen there: who offers one
// may wait for the answer.

import { isolated } from './name.js';
import { sizeWords } from './file_words.js';

export class FileNews {
  /** @param {import('./notice.js').CallNotice} notice @param {() => void} open shows the files */
  constructor(notice, open) {
    this.notice = notice;
    this.open = open;
    /** @type {Map<import('../incoming_file.js').IncomingFile, string>} by file the name of who offers it */
    this.unseen = new Map();
  }

  add(file, name) {
    this.unseen.set(file, name);
    this.update();
  }

  /** Call it when something of a file changed: what is withdrawn is no news. */
  update() {
    for (const file of this.unseen.keys()) if (file.isOver) this.unseen.delete(file);
    const [first] = this.unseen;
    const many = [['filesOffered', { n: this.unseen.size }]];
    const one = first && [['fileOffered', { name: isolated(first[1]), file: isolated(first[0].name), size: sizeWords(first[0].size) }]];
    this.notice.show('files', this.unseen.size > 1 ? many : one ?? [], { key: 'filesShow', run: this.open });
  }

  /** The files are on the screen. */
  clear() {
    this.unseen.clear();
    this.update();
  }
}
