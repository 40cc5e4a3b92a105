// The reconnection manager of one connection: a pure state machine. It opens nothing and reads no
// clock; it is given events and the time in milliseconds, and yields actions and the time at which
// to call it again. client/call/reconnect.c is the same in C; tests/vectors/reconnect/ holds for
// both, and its README has the rules in words.
//
//   new -> connecting -> connected
//   connected -> waiting          the path is disconnected; it may heal by itself
//   waiting -> connected          it healed, or the speculative restart worked
//   waiting -> restarting(1)      failed, or the wait is over
//   restarting(k) -> connected | restarting(k + 1) | rebuilding
//   rebuilding -> connected | given-up
//   any -> closed
//
// A *probe* is a connection that nobody needs yet: it is given up where a needed one would be restarted.

/** @typedef {'new'|'connecting'|'connected'|'waiting'|'restarting'|'rebuilding'|'given-up'|'closed'} State */
/**
 * `start`: it is needed; a probe becomes a needed connection. `probe`: it is a probe: tried, or not needed any more and
 * kept. `up`: the path works. `replaced`: a fresh connection was made because the remote peer asked for it. `refused`:
 * the server does not let us in any more. `timeout`: only time passes.
 * @typedef {'start'|'probe'|'up'|'disconnected'|'failed'|'network-changed'|'replaced'|'signaling-up'|'signaling-down'
 *   |'refused'|'timeout'|'close'} Input
 */
/**
 * @typedef {{do: 'connect'}|{do: 'restart', attempt: number, speculative: boolean}|{do: 'rebuild'}|{do: 'give-up'}}
 *   Action
 *   A `connect` for a connection that exists means: restart it.
 */

const times = { // not frozen as a literal: of that each value would be a type
  connectTimeout: 15000, // for a new connection, and for a rebuilt one
  autoWait: 30000, // how long a disconnected path may heal by itself
  speculativeDelay: 3000, // into that wait a restart is tried that does not disturb the old path
  maxRestarts: 3,
  retryDelay: 2000, // before each restart; jitter is added
  retryJitter: 500,
  restartTimeout: 10000, // for the effect of one restart
  changeGap: 1000, // one change of network is reported several times: within this time it counts once
  sleepLimit: 5000, // a timeout later than this: the machine was asleep, and nothing has failed
};
export const defaults = Object.freeze(times);

const NEVER = Infinity;

/** What a direct connection in this state tells the server of its path; null: nothing. @param {State} state */
export function pathOf(state) {
  const told = { connected: 'proven', waiting: 'lost', restarting: 'lost', rebuilding: 'lost', 'given-up': 'failed' };
  return told[state] ?? null;
}

export class Reconnect {
  /**
   * @param {Partial<typeof defaults>} [constants]
   * @param {(below: number) => number} [random] an integer 0 <= n < below, for jitter
   */
  constructor(constants = {}, random = () => 0) {
    this.constants = { ...defaults, ...constants };
    this.random = random;
    /** @type {State} */
    this.state = 'new';
    this.attempt = 0; // of restarting; 0 elsewhere
    this.signaling = true;
    this.isProbe = false;
    this.actAt = NEVER; // when the state's action goes out
    this.deadline = NEVER; // when the state is over
    this.sent = false; // the action is out, and its answer may be on the way
    this.deferred = false; // the action waits for signaling
    this.changedAt = -NEVER; // when the network last made it act
  }

  /** When to give it `timeout`; Infinity: not at all. */
  next() {
    return Math.min(this.actAt, this.deadline);
  }

  /**
   * @param {Input} event
   * @param {number} now milliseconds, monotonic
   * @returns {Action[]}
   */
  input(event, now) {
    if (this.state === 'closed') return [];
    switch (event) {
      case 'start': return this.#start(now);
      case 'probe': return this.#probe(now);
      case 'up': return this.#up();
      case 'disconnected': return this.state === 'connected' ? this.#wait(now) : [];
      case 'failed': return this.#failed(now);
      case 'network-changed': return this.#networkChanged(now);
      case 'replaced': return this.#replaced(now);
      case 'signaling-down': return this.#signalingDown();
      case 'signaling-up': return this.#signalingUp(now);
      case 'refused': return this.state === 'given-up' ? [] : this.#giveUp();
      case 'timeout': return this.#timeout(now);
      case 'close': return this.#enter('closed');
      default: throw new TypeError(`unknown event ${event}`);
    }
  }

  #enter(state, { attempt = 0, actAt = NEVER, deadline = NEVER } = {}) {
    this.state = state;
    this.attempt = attempt;
    this.actAt = actAt;
    this.deadline = deadline;
    this.sent = false;
    this.deferred = false;
    return [];
  }

  /** The state's action: now, or as soon as signaling is up. */
  #act(now) {
    this.actAt = NEVER;
    this.sent = this.signaling && this.state !== 'connected';
    this.deferred = !this.signaling;
    const { connectTimeout, restartTimeout } = this.constants;
    switch (this.state) {
      case 'connecting':
        this.deadline = this.signaling ? now + connectTimeout : NEVER;
        return this.signaling ? [{ do: 'connect' }] : [];
      case 'connected':
      case 'waiting':
        return this.signaling ? [{ do: 'restart', attempt: 0, speculative: true }] : [];
      case 'restarting':
        this.deadline = this.signaling ? now + restartTimeout : NEVER;
        return this.signaling ? [{ do: 'restart', attempt: this.attempt, speculative: false }] : [];
      case 'rebuilding':
        this.deadline = this.signaling ? now + connectTimeout : NEVER;
        return this.signaling ? [{ do: 'rebuild' }] : [];
      default: return [];
    }
  }

  #start(now) {
    this.isProbe = false;
    if (this.state !== 'new' && this.state !== 'given-up') return [];
    this.#enter('connecting');
    return this.#act(now);
  }

  #probe(now) {
    let actions = [];
    if (this.state === 'new') actions = this.#start(now);
    else if (this.state === 'restarting' || this.state === 'rebuilding') actions = this.#giveUp();
    this.isProbe = true;
    return actions;
  }

  #up() {
    const isLost = ['connecting', 'waiting', 'restarting', 'rebuilding'].includes(this.state);
    return isLost ? this.#enter('connected') : [];
  }

  #wait(now) {
    const { speculativeDelay, autoWait } = this.constants;
    return this.#enter('waiting', { actAt: now + speculativeDelay, deadline: now + autoWait });
  }

  #failed(now) {
    switch (this.state) {
      case 'connecting':
      case 'connected':
      case 'waiting': return this.#retry(now);
      case 'restarting': return this.sent ? this.#retry(now) : []; // else the restart was not sent yet
      case 'rebuilding': return this.sent ? this.#giveUp() : [];
      default: return [];
    }
  }

  /** The next attempt, and after the last one a fresh connection. A probe is given up instead. */
  #retry(now) {
    if (this.isProbe) return this.#giveUp();
    const { maxRestarts, retryDelay, retryJitter } = this.constants;
    if (this.attempt < maxRestarts) {
      const delay = retryDelay + (retryJitter > 0 ? this.random(retryJitter) : 0);
      return this.#enter('restarting', { attempt: this.attempt + 1, actAt: now + delay });
    }
    this.#enter('rebuilding');
    return this.#act(now);
  }

  #giveUp() {
    this.#enter('given-up');
    return [{ do: 'give-up' }];
  }

  // The path may be lost with the old network although nothing has failed yet: act at once, and count attempts from 1.
  #networkChanged(now) {
    if (this.state === 'new' || this.state === 'given-up') return [];
    const allowed = this.changedAt + this.constants.changeGap;
    if (now < allowed) {
      if (!this.deferred) this.actAt = Math.min(this.actAt, allowed);
      return [];
    }
    this.changedAt = now;
    if (this.state === 'restarting') this.attempt = 1;
    return this.#act(now);
  }

  #replaced(now) {
    if (this.state === 'new') return [];
    this.#enter(this.state === 'rebuilding' ? 'rebuilding' : 'connecting', { deadline: now + this.constants.connectTimeout });
    this.sent = true;
    return [];
  }

  // The message of the action may be lost: it is due again when signaling is back, and has no deadline until then.
  #signalingDown() {
    this.signaling = false;
    if (!this.sent) return [];
    this.sent = false;
    this.deferred = true;
    if (this.state !== 'waiting') this.deadline = NEVER;
    return [];
  }

  #signalingUp(now) {
    this.signaling = true;
    const isSpeculationAhead = this.state === 'waiting' && this.actAt !== NEVER; // the network works again: act now
    return this.deferred || isSpeculationAhead ? this.#act(now) : [];
  }

  #timeout(now) {
    const due = this.next();
    if (now < due) return [];
    if (now - due > this.constants.sleepLimit) return this.#woken(now);
    if (now < this.deadline) return this.#act(now);
    return this.state === 'rebuilding' ? this.#giveUp() : this.#retry(now);
  }

  #woken(now) {
    if (this.state === 'waiting') this.deadline = now + this.constants.autoWait;
    this.changedAt = now;
    return this.#act(now);
  }
}
