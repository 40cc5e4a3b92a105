// What can be pressed or filled in has an edge that is seen (WCAG 1.4.11: 3:1), and text can be read (1.4.3: 4.5:1).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const style = readFileSync(new URL('../../../client/web/style.css', import.meta.url), 'utf8');
const light = style.indexOf('prefers-color-scheme: light');
const themes = { dark: style.slice(0, light), light: style.slice(light) };
const color = (theme, name) => themes[theme].match(new RegExp(`--${name}: (#[0-9a-f]{6})`))[1];

function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const contrast = (theme, one, other) => {
  const [dark, bright] = [luminance(color(theme, one)), luminance(color(theme, other))].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};

test('edges and text are seen on every background, dark and light', () => {
  for (const theme of ['dark', 'light']) {
    const assertSeen = (one, other, least) => assert.ok(contrast(theme, one, other) >= least, `${theme}: ${one} on ${other}: ${contrast(theme, one, other)}`);
    for (const background of ['background', 'surface', 'raised']) {
      for (const edge of ['edge', 'accent', 'good', 'danger']) assertSeen(edge, background, 3);
      for (const words of ['text', 'quiet']) assertSeen(words, background, 4.5);
    }
    for (const state of ['well', 'lost', 'failed']) assertSeen('text', state, 4.5);
    for (const [words, background] of [['on-accent', 'accent'], ['on-danger', 'danger'], ['on-noted', 'noted'], ['danger-text', 'raised']]) assertSeen(words, background, 4.5);
  }
  assert.match(style, /:is\(#mute, #camera-toggle, \.toggles button\)\[data-on="true"\] \{ background: var\(--danger\); color: var\(--on-danger\)/, 'a microphone that is off looks like off');
  assert.match(style, /button, input, select \{[^}]*border: 1px solid var\(--edge\)/);
});
