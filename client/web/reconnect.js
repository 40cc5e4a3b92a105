// The reconnection manager of one connection: a pure state machine. It opens nothing and reads no clock; it is given
// events and the time in milliseconds, and yields actions and the time it wants to be woken. client/reconnect.c is the
// same machine in C; tests/vectors/reconnect/ holds for both.
//
//   new -> connecting -> connected
//   connected -> waiting          the path is disconnected; it may heal by itself
//   waiting -> connected          it healed, or the hedged restart worked
//   waiting -> restarting(1)      failed, or the wait is over
//   restarting(k) -> connected | restarting(k + 1) | rebuilding
//   rebuilding -> connected | given-up
//   any -> closed

/** @typedef {'new'|'connecting'|'connected'|'waiting'|'restarting'|'rebuilding'|'given-up'|'closed'} State */
/**
 * @typedef {'start'|'up'|'disconnected'|'failed'|'network-changed'|'signaling-up'|'signaling-down'|'timeout'|'close'} Input
 * `timeout` only lets time pass; `up` means that the path works.
 */
/**
 * @typedef {{do: 'connect'}|{do: 'restart', attempt: number, hedged: boolean}|{do: 'rebuild'}|{do: 'give-up'}} Action
 */

export const defaults = Object.freeze({
  connectTimeout: 15000, // for a new connection, and for a rebuilt one
  autoWait: 30000, // how long a disconnected path may heal by itself
  hedgeDelay: 3000, // then a restart that disturbs nothing goes out meanwhile
  maxRestarts: 3,
  retryDelay: 2000, // before each restart; jitter is added
  retryJitter: 500,
  restartTimeout: 10000, // for the effect of one restart
});

const NEVER = Infinity;

export class Reconnect {
  /**
   * @param {Partial<typeof defaults>} [constants]
   * @param {() => number} [random] 0 <= n < 1, for jitter
   */
  constructor(constants = {}, random = () => 0) {
    this.constants = { ...defaults, ...constants };
    this.random = random;
    /** @type {State} */
    this.state = 'new';
    this.attempt = 0; // of restarting; 0 elsewhere
    this.signaling = true;
    this.deadline = NEVER; // of the state
    this.hedge = NEVER; // when the hedged restart goes out
    this.delayed = false; // restarting: the restart has not gone out yet
    this.held = false; // the state's next step waits for signaling
    this.hedgeHeld = false; // the hedged restart does
  }

  /** When `timeout` is wanted; Infinity: not at all. */
  next() {
    return this.held ? NEVER : Math.min(this.deadline, this.hedge);
  }

  /**
   * @param {Input} event
   * @param {number} now milliseconds, monotonic
   * @returns {Action[]}
   */
  input(event, now) {
    if (this.state === 'closed') return [];
    switch (event) {
      case 'start': return this.state === 'new' || this.state === 'given-up' ? this.#connect(now) : [];
      case 'up': return this.#up();
      case 'disconnected': return this.state === 'connected' ? this.#wait(now) : [];
      case 'failed': return this.#failed(now);
      case 'network-changed': return this.#networkChanged(now);
      case 'signaling-down': this.signaling = false; return [];
      case 'signaling-up': return this.#signalingUp(now);
      case 'timeout': return this.#timeout(now);
      case 'close': this.#enter('closed', NEVER); return [];
      default: throw new TypeError(`unknown event ${event}`);
    }
  }

  #enter(state, deadline) {
    this.state = state;
    this.deadline = deadline;
    this.hedge = NEVER;
    this.delayed = false;
    this.held = false;
    this.hedgeHeld = false;
    if (state !== 'restarting') this.attempt = 0;
  }

  #connect(now) {
    this.#enter('connecting', now + this.constants.connectTimeout);
    return [{ do: 'connect' }];
  }

  #up() {
    if (this.state !== 'new' && this.state !== 'given-up') this.#enter('connected', NEVER);
    return [];
  }

  #wait(now) {
    this.#enter('waiting', now + this.constants.autoWait);
    this.hedge = now + this.constants.hedgeDelay;
    return [];
  }

  #failed(now) {
    if (this.state === 'connected' || this.state === 'waiting' || this.state === 'connecting') return this.#delayRestart(1, now);
    if (this.state === 'restarting' && !this.delayed) return this.#restartFailed(now);
    if (this.state === 'rebuilding') return this.#giveUp();
    return [];
  }

  #delayRestart(attempt, now) {
    this.#enter('restarting', now + this.constants.retryDelay + Math.floor(this.random() * this.constants.retryJitter));
    this.attempt = attempt;
    this.delayed = true;
    return [];
  }

  #restart(now) {
    if (!this.signaling) { // nobody would hear it: no attempt is burned
      this.held = true;
      return [];
    }
    this.delayed = false;
    this.held = false;
    this.deadline = now + this.constants.restartTimeout;
    return [{ do: 'restart', attempt: this.attempt, hedged: false }];
  }

  #restartFailed(now) {
    if (!this.signaling) { // the answer could not come: the same attempt again
      this.delayed = true;
      this.held = true;
      return [];
    }
    return this.attempt < this.constants.maxRestarts ? this.#delayRestart(this.attempt + 1, now) : this.#rebuild(now);
  }

  #rebuild(now) {
    this.#enter('rebuilding', now + this.constants.connectTimeout);
    if (!this.signaling) {
      this.held = true;
      return [];
    }
    return [{ do: 'rebuild' }];
  }

  #giveUp() {
    if (!this.signaling) {
      this.held = true;
      return [];
    }
    this.#enter('given-up', NEVER);
    return [{ do: 'give-up' }];
  }

  // A path may have been lost with the old network, and nothing has noticed yet: restart at once.
  #networkChanged(now) {
    if (this.state === 'connected') this.#wait(now);
    if (this.state === 'waiting') {
      this.hedge = now;
      return this.#timeout(now);
    }
    if (this.state !== 'restarting') return [];
    this.#enter('restarting', now);
    this.attempt = 1;
    this.delayed = true;
    return this.#restart(now);
  }

  #signalingUp(now) {
    this.signaling = true;
    if (this.hedgeHeld) return this.#hedged();
    if (!this.held) return [];
    this.held = false;
    if (this.state === 'restarting') return this.#restart(now);
    return this.state === 'rebuilding' ? this.#rebuild(now) : [];
  }

  #hedged() {
    this.hedge = NEVER;
    this.hedgeHeld = false;
    return [{ do: 'restart', attempt: 0, hedged: true }];
  }

  #timeout(now) {
    if (this.held || now < this.next()) return [];
    switch (this.state) {
      case 'connecting': return this.#delayRestart(1, now);
      case 'waiting':
        if (now >= this.deadline) return this.#delayRestart(1, now);
        if (this.signaling) return this.#hedged();
        this.hedge = NEVER; // signaling coming back will send it, or the wait ends
        this.hedgeHeld = true;
        return [];
      case 'restarting': return this.delayed ? this.#restart(now) : this.#restartFailed(now);
      case 'rebuilding': return this.#giveUp();
      default: return [];
    }
  }
}
