// Why a person was not let into a room, in words that say what to do. Pure.

const keys = {
  'room-full': 'refusedRoomFull',
  'address-full': 'refusedAddressFull',
  'too-many-rooms': 'refusedTooManyRooms',
  'bad-token': 'refusedToken',
  'not-allowed': 'refusedToken',
  'token-claim': 'refusedTokenClaim',
  'token-missing': 'refusedTokenMissing',
  'token-expired': 'refusedTokenExpired',
  'token-early': 'refusedTokenEarly',
  'token-elsewhere': 'refusedTokenElsewhere',
  'too-fast': 'refusedTooFast',
  'replaced': 'refusedReplaced',
  'removed': 'refusedRemoved',
  'room-ended': 'refusedEnded',
  'room-locked': 'refusedLocked',
  'encrypted': 'refusedEncrypted',
  'not-encrypted': 'refusedNotEncrypted',
  'denied': 'refusedDenied',
  'room-empty': 'refusedEmpty',
  'no-answer': 'refusedNoAnswer', // of protocol.js: the server was never reached
  'no-connection': 'refusedNoConnection', // of call.js: the browser makes no connection
};

/**
 * @param {string} code of an `error` (signaling/PROTOCOL.md) @param {string} [by] the host's name
 * @returns {string} a key of i18n.js; `{text}` is its message
 */
export function refusalKey(code, by) {
  if (code === 'removed' && by === undefined) return 'refusedBack';
  return Object.hasOwn(keys, code) ? keys[code] : 'refused';
}

/** The message of an `error`, with the field that was wrong and what was expected of it, where the server says so. */
export function refusalText(message, { field, expected }) {
  return field ? `${message}: ${field}${expected ? `, expected ${expected}` : ''}` : message;
}
