// The data channels of one peer connection: one for each policy that is sent with, as a browser sets
// order and reliability for a channel, not for a message. They open as needed; of those that the remote
// peer opens, any policy may come in on any.

const PROTOCOL = 'heddle.data.v1';
const options = { ordered: {}, unordered: { ordered: false }, lossy: { ordered: false, maxRetransmits: 0 } };
// What waits in the browser: of a link that is slower than that, lossy messages are dropped here, and nothing is sent
// again. One who reads nothing costs no more than the other limit, above which browsers refuse to send some time.
const SHORT_BUFFER = 64 * 1024;
const LONG_BUFFER = 4 << 20;

const policyOf = ({ ordered, maxRetransmits }) => (maxRetransmits === 0 ? 'lossy' : ordered ? 'ordered' : 'unordered');

export class DataChannels {
  /**
   * @param {RTCPeerConnection} pc
   * @param {boolean} opens this end opens the first channel; else the remote peer does
   * @param {{open: () => void, frame: (frame: ArrayBuffer) => void}} listener open: the first channel is
   */
  constructor(pc, opens, listener) {
    this.pc = pc;
    this.listener = listener;
    /** @type {Set<RTCDataChannel>} */
    this.channels = new Set();
    pc.ondatachannel = ({ channel }) => {
      if (channel.protocol === PROTOCOL) this.#use(channel);
      else channel.close();
    };
    if (opens) this.#openFor('ordered');
  }

  #openFor(policy) {
    this.#use(this.pc.createDataChannel('room', { ...options[policy], protocol: PROTOCOL }));
  }

  #use(channel) {
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => { if (data instanceof ArrayBuffer) this.listener.frame(data); };
    channel.onclose = () => this.channels.delete(channel);
    const wasOpen = this.isOpen;
    this.channels.add(channel);
    channel.onopen = () => { if (!wasOpen) this.listener.open(); };
    if (channel.readyState === 'open') channel.onopen();
  }

  #open() {
    return [...this.channels].filter(({ readyState }) => readyState === 'open');
  }

  get isOpen() {
    return this.#open().length > 0;
  }

  /**
   * Sends a frame; until a channel of its policy is open, on another. One that was sent before may wait.
   * @param {Uint8Array} frame
   * @returns {boolean} whether it was taken
   */
  send(frame, policy, isAgain = false) {
    const open = this.#open();
    const fitting = open.find((channel) => policyOf(channel) === policy);
    if (!fitting && ![...this.channels].some((channel) => policyOf(channel) === policy)) this.#openFor(policy);
    const channel = fitting ?? open[0];
    const limit = policy === 'lossy' || isAgain ? SHORT_BUFFER : LONG_BUFFER;
    if (!channel || channel.bufferedAmount > limit) return false;
    try {
      channel.send(frame);
      return true;
    } catch { // it closes, or the browser keeps less than we thought
      return false;
    }
  }
}
