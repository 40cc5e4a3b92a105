// What a call site belongs to: by the library that allocated, or by the first source file of ours up the stack.

const libraries = [
  [/^lib(ssl|crypto)\./, 'DTLS: OpenSSL'],
  [/^libwebsockets/, 'WebSocket: libwebsockets'],
  [/^libjansson/, 'JSON'],
  [/^libusrsctp/, 'SCTP: usrsctp'],
];

const sources = [
  [/^transport\/base\/slab\.c/, 'packets, of histories above all'],
  [/^router\/out\/(egress_queue|pacer)/, 'packets that wait to be sent'],
  [/^router\/out\/sequence_map/, 'what became of sent numbers'],
  [/^transport\/hop\/(bwe|sent_packets|remb|report)/, 'bandwidth estimation'],
  [/^transport\/hop\/(twcc|nack|history)/, 'feedback, places of histories, gaps'],
  [/^router\/out\//, 'slots and what else a subscriber has'],
  [/^router\/in\//, 'publications and their encodings'],
  [/^router\/(room|base|choose|relay)\//, 'participants and rooms of the router'],
  [/^router\/worker\//, 'connections of a worker'],
  [/^transport\/peer\/(dtls|peer|certificate|identity|fingerprint)/, 'DTLS: ours'],
  [/^transport\/peer\//, 'SRTP keys and streams'],
  [/^transport\/net\//, 'ICE and sockets'],
  [/^signaling\/proto\/negotiate/, 'what was negotiated'],
  [/^signaling\//, 'signaling'],
  [/^transport\/base\/(map|budget)/, 'tables and budgets'],
];

const find = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1];

/** @param {{ module: string, name?: string, source?: string }[]} frames innermost first */
export function partOf(frames) {
  const first = frames.find(({ module, source }) => !/^(libc\.|ld-linux|heap_sites)/.test(module) && source !== 'transport/base/memory.c');
  if (first === undefined) return 'other';
  return find(libraries, first.module) ?? find(sources, first.source ?? '') ?? 'other';
}
