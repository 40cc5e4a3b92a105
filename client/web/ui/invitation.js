// Access tokens and keys of encrypted rooms in URLs. Whoever has one can use it, so it does not stay in the address,
// where screens that are shared, histories and logs would have it; after "reload" the tab still has it. Pure, but for
// what it is given.
//
// Copying the URL of a call gives the token on only if it is an invitation to the room and nothing else: one that names
// its bearer, or gives rights, would let others in as that person, or with these rights.

const INVITATION = ['room', 'exp', 'nbf', 'iat', 'topology']; // claims of a token that anybody may have

/** What a token says; nobody but the server knows whether it is genuine. @param {string} token @returns {object} */
export function claimsOf(token) {
  try {
    const [, payload] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/**
 * A key is in the fragment only: a query would tell it to the server.
 * @param {string} href
 * @returns {{token: string|null, key: string|null, address: string}} token and key, and the address without them
 */
export function takeSecrets(href) {
  const address = new URL(href);
  const fragment = new URLSearchParams(address.hash.slice(1));
  const token = fragment.get('token') ?? address.searchParams.get('token');
  const key = fragment.get('key') || null;
  if (fragment.has('token') || fragment.has('key')) address.hash = '';
  address.searchParams.delete('token');
  return { token, key, address: address.href };
}

/**
 * The key that a person typed or pasted, by itself or in a whole link.
 * @param {string} words @returns {string} '' for none
 */
export function keyIn(words) {
  const said = words.trim();
  if (!/^https?:\/\//i.test(said)) return said;
  try {
    return takeSecrets(said).key ?? '';
  } catch {
    return ''; // not a whole address yet
  }
}

/** Whether others may have it. @param {string} token */
export function isInvitation(token) {
  const claims = Object.entries(claimsOf(token)).filter(([, value]) => value !== null && value !== false);
  return claims.length > 0 && claims.every(([name]) => INVITATION.includes(name));
}

/**
 * The URL by which others come to a room. Token and key are in its fragment, which browsers
 * send to no server and proxies do not log.
 * @param {string} page its address
 * @param {string} room
 * @param {{token?: string|null, key?: string|null}} secrets
 * @returns {string}
 */
export function invitationUrl(page, room, { token, key }) {
  const url = new URL(page);
  url.search = new URLSearchParams({ room });
  url.hash = new URLSearchParams({ ...(token && isInvitation(token) ? { token } : {}), ...(key ? { key } : {}) });
  return url.href;
}
