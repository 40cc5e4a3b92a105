// Under which name a file of somebody else may be saved, and how a name is cut. client/files/file_name.h is the same
// in C. Pure.

const BYTES_MAX = 200; // a folder's limit is 255, and " (2)" and ".part" may follow
const EXTENSION_MAX = 16;

// Controls, and what turns the direction of text, ends its line or shows nothing.
// eslint-disable-next-line no-control-regex
const DECEPTIVE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const encoder = new TextEncoder();
const lengthOf = (text) => encoder.encode(text).length;

/** @param {string} offered @returns {string} without folders, never hidden, never empty */
export function safeFileName(offered) {
  const name = offered.slice(Math.max(offered.lastIndexOf('/'), offered.lastIndexOf('\\')) + 1)
    .replace(DECEPTIVE, '').replace(/[:*?"<>|]/g, '_').replace(/^[. ]+/, '').replace(/[. ]+$/, '');
  return shortened(name) || 'file';
}

/** The beginning goes on as far as there is place before the extension. */
function shortened(name) {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && lengthOf(name.slice(dot)) <= EXTENSION_MAX ? name.slice(dot) : '';
  return cutToBytes(name.slice(0, name.length - extension.length), BYTES_MAX - lengthOf(extension)) + extension;
}

/** As much of a text's beginning as so many bytes hold, in whole characters. */
export function cutToBytes(text, max) {
  let kept = '';
  let length = 0;
  for (const character of text) {
    length += lengthOf(character);
    if (length > max) break;
    kept += character;
  }
  return kept;
}
