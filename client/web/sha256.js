// SHA-256 (FIPS 180-4) of what comes piece by piece: the browser's own wants all of it at once. Pure.

const BLOCK = 64;

/** Of a number's fraction, the first 32 bits. */
const fraction = (number) => (number - Math.floor(number)) * 2 ** 32 | 0;

function firstPrimes(count) {
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

const primes = firstPrimes(64);
const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const beginning = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const turn = (word, bits) => word >>> bits | word << 32 - bits;

export class Sha256 {
  #state = Int32Array.from(beginning);

  #words = new Int32Array(64);

  #rest = new Uint8Array(BLOCK); // of an unfinished block

  #length = 0;

  /** @param {Uint8Array} bytes */
  update(bytes) {
    const begun = this.#length % BLOCK;
    this.#length += bytes.length;
    const missing = begun > 0 ? BLOCK - begun : 0;
    this.#rest.set(bytes.subarray(0, missing), begun);
    if (bytes.length < missing) return this;
    if (missing > 0) this.#take(this.#rest, 0);
    let at = missing;
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#take(bytes, at);
    this.#rest.set(bytes.subarray(at));
    return this;
  }

  /** Once, at the end. @returns {Uint8Array} 32 bytes */
  digest() {
    const bits = BigInt(this.#length) * 8n;
    const padding = new Uint8Array((2 * BLOCK - 9 - this.#length % BLOCK) % BLOCK + 9);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    const view = new DataView(new ArrayBuffer(32));
    this.#state.forEach((word, index) => view.setInt32(4 * index, word));
    return new Uint8Array(view.buffer);
  }

  #take(bytes, at) {
    const words = this.#words;
    for (let i = 0; i < 16; i += 1, at += 4) words[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    for (let i = 16; i < 64; i += 1) {
      const [early, late] = [words[i - 15], words[i - 2]];
      words[i] = words[i - 16] + words[i - 7] + (turn(early, 7) ^ turn(early, 18) ^ early >>> 3) + (turn(late, 17) ^ turn(late, 19) ^ late >>> 10) | 0;
    }
    let [a, b, c, d, e, f, g, h] = this.#state;
    for (let i = 0; i < 64; i += 1) {
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + constants[i] + words[i] | 0;
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + first | 0;
      d = c;
      c = b;
      b = a;
      a = first + second | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => { this.#state[index] += word; });
  }
}
