// What one connection's data channels take: as much as a browser keeps, and nothing is thrown at who speaks to all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallData } from '../../../client/web/call_data.js';
import { DataChannels } from '../../../client/web/data_channels.js';

/** Peer connection whose channels are open and send nothing: what they are given waits, up to what a browser keeps. */
class Silent {
  channels = [];

  createDataChannel(label, { protocol, ordered = true, maxRetransmits = null }) {
    const channel = { label, protocol, ordered, maxRetransmits, readyState: 'open', bufferedAmount: 0 };
    channel.send = ({ length }) => {
      if (channel.bufferedAmount + length > 16 << 20) throw new DOMException('the queue is full', 'OperationError');
      channel.bufferedAmount += length;
    };
    this.channels.push(channel);
    return channel;
  }

  get waiting() { return this.channels.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0); }
}

const open = () => {
  const pc = new Silent();
  return { pc, data: new DataChannels(pc, true, { open: () => {}, frame: () => {} }) };
};
const kilobyte = new Uint8Array(1024);

test('what is sent again or may be lost waits for its turn; nothing waits without a bound', () => {
  // [policy, is sent again, most kilobytes that wait]; the first of another policy goes by the channel that is there
  const rows = [
    ['ordered', false, 4097],
    ['unordered', false, 4098],
    ['ordered', true, 65],
    ['lossy', false, 66],
  ];
  for (const [policy, isAgain, most] of rows) {
    const { pc, data } = open();
    let taken = 0;
    while (data.send(kilobyte, policy, isAgain)) taken += 1;
    assert.equal(taken, most, `${policy}, again: ${isAgain}`);
    assert.equal(pc.waiting, most * 1024);
  }
});

test('a channel that closes, or keeps less than others do, takes nothing and throws nothing', () => {
  const { pc, data } = open();
  pc.channels[0].send = () => { throw new DOMException('it closes', 'InvalidStateError'); };
  assert.equal(data.send(kilobyte, 'ordered'), false);
  pc.channels[0].readyState = 'closing';
  assert.equal(data.send(kilobyte, 'ordered'), false);
});

test('one who reads nothing keeps nobody else in a Mesh from what is said', () => {
  const [deaf, hears] = [open(), open()];
  let heard = 0;
  hears.pc.channels[0].send = () => { heard += 1; };
  deaf.pc.channels[0].bufferedAmount = 16 << 20;
  const connection = (remote, { data }) => [remote, { remote, isToRouter: false, isUp: true, peerConnection: { isClosed: false, data } }];
  const call = new CallData({ connections: () => [new Map([connection('p2', deaf), connection('p3', hears)]), new Map()], tell: () => {} });
  call.setOthers(['p2', 'p3']);
  for (let number = 0; number < 40; number += 1) assert.ok(call.send('x', {}));
  call.stop();
  assert.equal(heard, 40);
  assert.equal(deaf.pc.waiting, 16 << 20);
});
