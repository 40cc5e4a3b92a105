// What can be pressed or filled in has an edge that is seen (WCAG 1.4.11: 3:1), and text can be read (1.4.3: 4.5:1).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const style = readFileSync(new URL('../../../client/web/style.css', import.meta.url), 'utf8');
const color = (name) => style.match(new RegExp(`--${name}: (#[0-9a-f]{6})`))[1];

function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const contrast = (one, other) => {
  const [dark, light] = [luminance(color(one)), luminance(color(other))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

test('edges and text are seen on every background', () => {
  for (const background of ['background', 'surface', 'raised']) {
    for (const edge of ['edge', 'accent', 'good']) assert.ok(contrast(edge, background) >= 3, `${edge} on ${background}: ${contrast(edge, background)}`);
    for (const words of ['text', 'quiet']) assert.ok(contrast(words, background) >= 4.5, `${words} on ${background}: ${contrast(words, background)}`);
  }
  assert.match(style, /button, input, select \{[^}]*border: 1px solid var\(--edge\)/);
});
