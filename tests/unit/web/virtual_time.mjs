// What the page's modules need of a browser: timers, in virtual time, and CustomEvent. Node's own mock timers change
// their arguments between versions, and those of 18 (Debian 12's own) work for the first test of a file only.

globalThis.CustomEvent ??= class extends Event {
  constructor(type, { detail = null } = {}) {
    super(type);
    this.detail = detail;
  }
};

let now = 0;
let timers = []; // {id, at, callback}, the next one that is due first
let lastId = 0;

/** From here on setTimeout and clearTimeout wait for tick(); timers of before are forgotten. */
export function startVirtualTime() {
  timers = [];
  globalThis.setTimeout = (callback, ms = 0) => {
    const timer = { id: ++lastId, at: now + ms, callback };
    timers.push(timer);
    timers.sort((a, b) => a.at - b.at || a.id - b.id);
    return timer.id;
  };
  globalThis.clearTimeout = (id) => { timers = timers.filter((timer) => timer.id !== id); };
}

/** Lets `ms` pass: calls the timers that are due, in order, also those that are set meanwhile. */
export function tick(ms) {
  const end = now + ms;
  while (timers.length > 0 && timers[0].at <= end) {
    const timer = timers.shift();
    now = Math.max(now, timer.at);
    timer.callback();
  }
  now = end;
}

/** The same in steps of 10 ms, with time for promises after each. */
export async function pass(ms) {
  for (let left = ms; left > 0; left -= 10) {
    tick(10);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}
