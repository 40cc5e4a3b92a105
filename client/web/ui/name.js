// How a name is shown. Participants choose their names freely, so a name must not cover, reorder or imitate the page's own text.
// Pure.

// Invisible characters: controls, bidi overrides, zero-width ones, fillers, blanks. Two joiners are parts of letters in some
// scripts and of emoji, so they stay between two visible characters.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]/u;
const JOINERS = /^[\u200c\u200d]$/;
const JOINABLE = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;
const VARIATION = /^[\ufe00-\ufe0f]$/;
const MARKS_MAX = 4; // of one letter: more of them reach into the lines above and below

const isBlank = (sign) => sign === undefined || sign === ' ' || INVISIBLE.test(sign);

/** @param {string} name as signaling has it @returns {string} '' when nothing of it can be seen */
export function shownName(name) {
  const signs = [...name.normalize('NFC').replace(/\s+/gu, ' ').trim()];
  const shown = [];
  let marks = 0;
  signs.forEach((sign, index) => {
    const last = shown.at(-1);
    const isVariant = VARIATION.test(sign) && !isBlank(last);
    const isJoiner = JOINERS.test(sign) && JOINABLE.test(last) && !isBlank(signs[index + 1]);
    marks = /\p{M}/u.test(sign) ? marks + 1 : 0;
    if ((isVariant || isJoiner || !INVISIBLE.test(sign)) && marks <= MARKS_MAX) shown.push(sign);
  });
  return shown.join('').trim();
}

/** A name within a sentence (U+2068 and U+2069 do what <bdi> does). */
export const isolated = (name) => `\u2068${name}\u2069`;
