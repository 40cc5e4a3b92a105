// Where a text has addresses of the web in it; one that begins with "www." leads to https. Only those that show where
// they lead: another scheme, or a name before the host ("https://bank.example@other.example"), stays plain text. Pure.

const ADDRESS = /(?:https?:\/\/|(?<![^\s(\[“"'])www\.(?=[^\s.]+\.))[^\s<>"'`]+/gi; // "www." where a word begins
const TAIL = /[.,;:!?)\]}’”]+$/u; // of the sentence, not of the address

/** @returns {string} '' when it leads nowhere that may be linked */
function addressOf(text) {
  try {
    const { href, protocol, username, password } = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    return ['http:', 'https:'].includes(protocol) && !username && !password ? href : '';
  } catch {
    return '';
  }
}

/** @param {string} text @returns {{text: string, href?: string}[]} its parts, in order */
export function splitUrls(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const written = found.replace(TAIL, '');
    const href = addressOf(written);
    if (!href) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: written, href });
    end = index + written.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
