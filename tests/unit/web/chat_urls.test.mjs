// What in a chat becomes a link, and what must not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitUrls } from '../../../client/web/ui/chat_urls.js';

const urls = (text) => splitUrls(text).filter(({ href }) => href).map(({ text: words }) => words);

test('an address is a link without the sentence around it, and nothing is lost', () => {
  const text = 'See https://a.example/x?y=1, (http://b.example) and “https://c.example/ü”.';
  assert.deepEqual(urls(text), ['https://a.example/x?y=1', 'http://b.example', 'https://c.example/ü']);
  assert.equal(splitUrls(text).map(({ text: words }) => words).join(''), text);
  assert.deepEqual(splitUrls('plain'), [{ text: 'plain' }]);
});

test('what begins with "www." leads to https, where a word begins and a host follows', () => {
  assert.deepEqual(splitUrls('See (www.a.example/x), WWW.B.EXAMPLE.').filter(({ href }) => href), [{ text: 'www.a.example/x', href: 'https://www.a.example/x' }, { text: 'WWW.B.EXAMPLE', href: 'https://www.b.example/' }]);
  for (const text of ['awww.a.example', 'www.', 'www...', 'www.example', 'x@www.a.example', 'www.bank.example@evil.example', '//www.a.example', 'https://u@www.a.example'])
    assert.deepEqual(urls(text), [], text);
});

test('what does not show where it leads, or runs something, stays text', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'https://bank.example@evil.example/', 'https://u:p@evil.example', 'http://', 'https://[', 'file:///etc/passwd', 'xhttps:/a'])
    assert.deepEqual(urls(text), [], text);
  assert.equal(splitUrls('https://a.example"onclick=x')[0].href, 'https://a.example/');
});

test('a long text without an address costs nothing', () => {
  const start = performance.now();
  splitUrls('https://'.repeat(250));
  splitUrls('.'.repeat(2000));
  splitUrls(`https://a.example/${'.'.repeat(1900)}x`);
  assert.ok(performance.now() - start < 500);
});
