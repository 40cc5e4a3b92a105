// Whose connection is lost. In a room of direct connections, each of them may be lost by either end;
// people want to know whether it is theirs. Pure.

/**
 * @param {{isDown: boolean, connections: {remote: string, state: import('./reconnect.js').State}[],
 *   isActive: (remote: string) => boolean}} input
 *   isDown: our own signaling; isActive: the server hears the participant
 * @returns {string[]} the participants at whose end it is; none: it is our own, or nothing is lost
 */
export function lostByOthers({ isDown, connections, isActive }) {
  const lost = connections.filter(({ state }) => !['new', 'connecting', 'connected', 'closed'].includes(state)).map(({ remote }) => remote);
  const works = connections.some(({ state }) => state === 'connected');
  const areTheirs = !isDown && (works || lost.every((remote) => !isActive(remote)));
  return areTheirs ? lost : [];
}
