// ./dev gallery [SCENE...]: pictures of every state of the page (tests/interop/lib/states.mjs) at five sizes, light and
// dark, on one contact sheet: a row is a state, a column a size. To be looked at by people; nothing of it is a test.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../interop/lib/browser.mjs';
import { scenes, Studio } from '../interop/lib/states.mjs';

const sizes = {
  '1280x800': { width: 1280, height: 800 }, '1920x1080': { width: 1920, height: 1080 }, '390x844': { width: 390, height: 844 },
  '844x390': { width: 844, height: 390 }, '200 %': { width: 640, height: 400 }, // of 1280x800
};
const themes = ['dark', 'light'];
const THUMB_HEIGHT = 150;
const folder = fileURLToPath(new URL('../../gallery/', import.meta.url));

const escaped = (words) => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const cell = ({ file, size }) => {
  const { width, height } = sizes[size];
  return `<td><a href="${file}"><img src="${file}" width="${Math.round((width / height) * THUMB_HEIGHT)}" height="${THUMB_HEIGHT}" alt=""></a></td>`;
};
const sheet = (rows) => `<!doctype html><meta charset="utf-8"><title>Heddle: gallery</title>
<style>body { font: 14px system-ui; background: #888; } th { text-align: start; } th[scope=row] { max-width: 120px; } td { padding: 3px; }</style>
<table><tr><th></th>${themes.map((theme) => Object.keys(sizes).map((size) => `<th>${size}, ${theme}</th>`).join('')).join('')}</tr>
${rows.map(({ state, pictures }) => `<tr><th scope="row">${escaped(state)}</th>${pictures.map(cell).join('')}</tr>`).join('\n')}
</table>`;

/** Takes the page at every size in both themes. */
async function take(page, state, rows) {
  const pictures = [];
  const before = page.viewportSize();
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
      const file = `${state} ${size} ${theme}.png`.replace(/[^\w.]+/g, '-');
      await page.screenshot({ path: path.join(folder, file) });
      pictures.push({ file, size });
    }
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(before);
  rows.push({ state, pictures });
  process.stderr.write(`${state}\n`);
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !scenes[name]);
if (unknown) {
  process.stderr.write(`gallery: unknown scene '${unknown}'; scenes: ${Object.keys(scenes).join(' ')}\n`);
  process.exit(1);
}
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await launchChromium({ args: ['--host-resolver-rules=MAP heddle.test 127.0.0.1'] });
const rows = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(scenes)) {
  const studio = new Studio(browser, (page, state) => take(page, state, rows));
  await scenes[name](studio).finally(() => studio.end());
}
await writeFile(path.join(folder, 'index.html'), sheet(rows));
const page = await browser.newPage();
await page.goto(`file://${folder}index.html`);
await page.setViewportSize(await page.evaluate(() => ({ width: document.documentElement.scrollWidth, height: 800 })));
await page.screenshot({ path: path.join(folder, 'sheet.png'), fullPage: true });
await browser.close();
process.stdout.write(`${folder}index.html\n`);
