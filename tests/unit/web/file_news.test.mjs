// Files that others offer while the chat is closed are told on the screen, until they are seen there or withdrawn.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FileNews } from '../../../client/web/ui/file_news.js';

test('one is told of by its name, more are counted; what is withdrawn or seen is no news', () => {
  const shown = [];
  const opened = [];
  const notice = { show: (about, keys, act) => shown.push([about, keys, act]) };
  const news = new FileNews(notice, () => opened.push('chat'));
  const [plan, notes] = [{ name: 'plan.pdf', size: 3e6, isOver: false }, { name: 'notes.txt', size: 5, isOver: false }];
  const words = () => shown.at(-1)[1];
  news.add(plan, 'Ann');
  assert.deepEqual(words(), [['fileOffered', { name: '\u2068Ann\u2069', file: '\u2068plan.pdf\u2069', size: '3 MB' }]]);
  shown.at(-1)[2].run();
  assert.deepEqual([shown.at(-1)[0], shown.at(-1)[2].key, opened], ['files', 'filesShow', ['chat']]);
  news.add(notes, 'Bob');
  assert.deepEqual(words(), [['filesOffered', { n: 2 }]]);
  plan.isOver = true;
  news.update();
  assert.equal(words()[0][1].file, '\u2068notes.txt\u2069');
  news.clear();
  assert.deepEqual(words(), []);
  news.update();
  assert.deepEqual(words(), []);
});
