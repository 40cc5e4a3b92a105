// The one status of a call, for people: the state of the worst of its connections. client/call/status.c is the same
// rule in C; tests/vectors/status/ holds for both.
//
// A connection whose media is lost always counts. A connection that is not up and has lost nothing counts, except
//
//   - while a connection of the room's former topology still works: media moves when the new one is up;
//   - while it starts, if all was well before: then the connection that it replaces ended because its remote peer left.
//
// So people see every loss, but not that a change of the room's topology starts new connections. Pure.

const byRank = ['connected', 'connecting', 'disconnected', 'reconnecting', 'failed'];

function counts({ state, isLost }, { isCovered, wasWell }) {
  const isStarting = state === 'new' || state === 'connecting';
  return state !== 'connected' && (isLost || !(isCovered || (isStarting && wasWell)));
}

function stateOf({ state, isLost }) {
  switch (state) {
    case 'given-up': return 'failed';
    case 'restarting':
    case 'rebuilding': return 'reconnecting';
    case 'waiting': return 'disconnected';
    default: return isLost ? 'disconnected' : 'connecting';
  }
}

/**
 * @typedef {{state: import('./reconnect.js').State, attempt: number, isLost: boolean}} StatusConnection a connection
 *   that the room's topology asks for; isLost: media that it carried, or that the connection carried which it replaces,
 *   was lost
 */
/**
 * @param {{hasJoined: boolean, isDown: boolean, isCovered: boolean, wasWell: boolean, max: number,
 *   connections: StatusConnection[]}} input
 *   isDown: signaling; isCovered: a connection of the room's former topology works; wasWell: `isWell` of the last
 *   status of this place in the room, at first false
 * @returns {{state: 'connecting'|'connected'|'disconnected'|'reconnecting'|'failed', attempt: number, max: number,
 *   isWell: boolean}}
 *   isWell: of connections only
 */
export function statusOf(input) {
  const { hasJoined, isDown, max } = input;
  const trouble = input.connections.filter((connection) => counts(connection, input));
  let state = 'connected';
  if (!hasJoined) state = 'connecting';
  if (isDown) state = 'disconnected';
  let attempt = 0;
  for (const connection of trouble) {
    if (byRank.indexOf(stateOf(connection)) <= byRank.indexOf(state)) continue;
    state = stateOf(connection);
    attempt = state === 'reconnecting' ? connection.attempt || max : 0; // rebuilding comes after the last attempt
  }
  return { state, attempt, max, isWell: hasJoined && trouble.length === 0 };
}
