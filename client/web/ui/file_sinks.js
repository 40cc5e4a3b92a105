// Where a file goes that somebody else sends: into memory until the person saves it, or, where the browser can do that,
// to a place on disk that is chosen before.

const MEGABYTE = 1 << 20;
export const KEPT_MAX = 512 * MEGABYTE; // of files that came or come, together
const MEMORY_MAX = 256 * MEGABYTE; // of one file; a larger one needs a place on disk

/** Megabytes become Blobs, which browsers keep outside the page, some of them on disk. */
class MemorySink {
  parts = [];

  pieces = []; // of the next one

  length = 0;

  async write(bytes) {
    this.pieces.push(bytes);
    this.length += bytes.length;
    if (this.length >= MEGABYTE) this.#keep();
  }

  #keep() {
    this.parts.push(new Blob(this.pieces));
    this.pieces = [];
    this.length = 0;
  }

  async close() {
    this.#keep();
    return new Blob(this.parts, { type: 'application/octet-stream' }); // nothing that a browser would open
  }

  abort() {
    this.parts = [];
    this.pieces = [];
  }
}

class DiskSink {
  constructor(writable) {
    this.writable = writable;
  }

  write(bytes) {
    return this.writable.write(bytes);
  }

  async close() {
    await this.writable.close();
    return null;
  }

  abort() {
    this.writable.abort().catch(() => {});
  }
}

const fitsMemory = (size, kept) => size <= MEMORY_MAX && kept + size <= KEPT_MAX;
/** @param {number} size @param {number} kept bytes of files in memory */
export const canTake = (size, kept) => fitsMemory(size, kept) || typeof globalThis.showSaveFilePicker === 'function';

/**
 * @param {{size: number, name: string}} file @param {number} kept
 * @returns {Promise<import('../incoming_file.js').FileSink|null>} null: the person chose no place, or one
 *   that cannot be written to
 */
export async function openSink({ size, name }, kept) {
  if (fitsMemory(size, kept)) return new MemorySink();
  const choice = globalThis.showSaveFilePicker({ suggestedName: name }).then((handle) => handle.createWritable());
  const writable = await choice.catch(() => null);
  return writable && new DiskSink(writable);
}
