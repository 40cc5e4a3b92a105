// How a name is shown. Participants choose their names freely, so a name must not cover,
// reorder or imitate the page's own text. The mixer's rules are the same
// (client/mix/shown_name.h); both are tested with tests/vectors/names/. Pure.

import { text } from '../i18n.js';

// Invisible characters: controls, bidi overrides, zero-width ones, fillers, blanks. Two joiners are parts of letters in
// some scripts and of emoji, so they stay between two visible characters.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]/u;
const JOINERS = /^[\u200c\u200d]$/;
const JOINABLE = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{M}\p{So}\p{Emoji_Modifier}]$/u;
const VARIATION = /^[\ufe00-\ufe0f]$/;
const MARKS_MAX = 4; // of one letter: more of them reach into the lines above and below

const isBlank = (character) => character === undefined || character === ' ' || INVISIBLE.test(character);

/** @param {string} name as signaling has it @returns {string} '' when nothing of it can be seen */
export function shownName(name) {
  const characters = [...name.normalize('NFC').replace(/\s+/gu, ' ').trim()];
  const shown = [];
  let marks = 0;
  characters.forEach((character, index) => {
    const last = shown.at(-1);
    const isVariant = VARIATION.test(character) && !isBlank(last);
    const isJoiner = JOINERS.test(character) && JOINABLE.test(last) && !isBlank(characters[index + 1]);
    const isMark = /\p{M}/u.test(character);
    const isTwice = character === ' ' && last === ' '; // something invisible was between them
    const isHidden = INVISIBLE.test(character) && !isVariant && !isJoiner;
    if (isHidden || isTwice || (isMark && marks === MARKS_MAX)) return;
    marks = isMark ? marks + 1 : 0;
    shown.push(character);
  });
  return shown.join('').trim();
}

/** What people are called. @param {string} [name] */
export const nameWords = (name = '') => shownName(name) || text('nameless');

/** A name within a sentence (U+2068 and U+2069 do what <bdi> does). */
export const isolated = (name) => `\u2068${name}\u2069`;
