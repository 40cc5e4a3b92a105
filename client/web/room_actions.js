// What participants and hosts tell the room, each a message to signaling: the part of a
// call (call.js) that only sends. No DOM.

import { RoomState } from './room_state.js';

export class RoomActions extends RoomState {
  /** @type {import('./protocol.js').Signaling} the call's */
  signaling;

  /**
   * To everybody, or to one other; oneself gets it, too.
   * @param {string} text @param {string} [to] participant
   * @returns {boolean} whether it could be sent
   */
  chat(text, to) {
    return this.signaling.send({ type: 'chat', text, ...(to && { to }) });
  }

  /** @param {boolean} raised @param {string} [target] another's hand, which only hosts lower */
  raiseHand(raised, target) {
    this.signaling.send({ type: 'hand', raised, ...(target && { target }) });
  }

  /** @param {'thumbs-up'|'clap'|'heart'|'laugh'|'surprise'|'party'} reaction */
  react(reaction) {
    this.signaling.send({ type: 'reaction', reaction });
  }

  // What hosts do.

  /** @param {string} source @param {string} [target] without: everybody else */
  muteParticipant(source, target) {
    this.signaling.send({ type: 'mute-participant', source, ...(target && { target }) });
  }

  /** @param {string} source @param {string} target */
  askUnmute(source, target) {
    this.signaling.send({ type: 'ask-unmute', source, target });
  }

  /** @param {string} target @param {string} [reason] that is told; '' for none */
  remove(target, reason) {
    this.signaling.send({ type: 'remove', target, ...(reason && { reason }) });
  }

  /** @param {string} target */
  transferHost(target) {
    this.signaling.send({ type: 'transfer-host', target });
  }

  /** @param {boolean} locked */
  lockRoom(locked) {
    this.signaling.send({ type: 'lock-room', locked });
  }

  /** From now on newcomers wait until a host lets them in, or no more. @param {boolean} enabled */
  setWaitingRoom(enabled) {
    this.signaling.send({ type: 'set-waiting-room', enabled });
  }

  /** @param {string} [target] one that waits; without: all */
  admit(target) {
    this.signaling.send({ type: 'admit', ...(target && { target }) });
  }

  /** @param {string} target */
  deny(target) {
    this.signaling.send({ type: 'deny', target });
  }

  /** A recording of the room begins, or ends. @param {boolean} enabled */
  record(enabled) {
    this.signaling.send({ type: 'record', enabled });
  }

  endRoom() {
    this.signaling.send({ type: 'end-room' });
  }

  /** @param {'auto'|'mesh'|'sfu'|'mcu'} topology */
  setPin(topology) {
    this.signaling.send({ type: 'pin', topology });
  }

  /** @param {object[]} events what the client measured, for the server's API */
  tellEvents(...events) {
    this.signaling.send({ type: 'report', events });
  }
}
