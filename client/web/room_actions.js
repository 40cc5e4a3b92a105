// What participants and hosts tell the room, each a message to signaling: the part of a
// call (call.js) that only sends. A wrong argument throws a TypeError that names it. No DOM.

import { checkArguments } from './call_options.js';
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
    checkArguments('chat', { text, 'to?': to });
    return this.signaling.send({ type: 'chat', text, ...(to && { to }) });
  }

  /** @param {boolean} raised @param {string} [target] another's hand, which only hosts lower */
  raiseHand(raised, target) {
    checkArguments('raiseHand', { raised, 'target?': target });
    this.signaling.send({ type: 'hand', raised, ...(target && { target }) });
  }

  /** @param {'thumbs-up'|'clap'|'heart'|'laugh'|'surprise'|'party'} reaction */
  react(reaction) {
    checkArguments('react', { reaction });
    this.signaling.send({ type: 'reaction', reaction });
  }

  // What hosts do.

  /** @param {string} source @param {string} [target] without: everybody else */
  muteParticipant(source, target) {
    checkArguments('muteParticipant', { source, 'target?': target });
    this.signaling.send({ type: 'mute-participant', source, ...(target && { target }) });
  }

  /** @param {string} source @param {string} target */
  askUnmute(source, target) {
    checkArguments('askUnmute', { source, target });
    this.signaling.send({ type: 'ask-unmute', source, target });
  }

  /** @param {string} target @param {string} [reason] that is told; '' for none */
  remove(target, reason) {
    checkArguments('remove', { target, 'reason?': reason });
    this.signaling.send({ type: 'remove', target, ...(reason && { reason }) });
  }

  /** @param {string} target */
  transferHost(target) {
    checkArguments('transferHost', { target });
    this.signaling.send({ type: 'transfer-host', target });
  }

  /** @param {boolean} locked */
  lockRoom(locked) {
    checkArguments('lockRoom', { locked });
    this.signaling.send({ type: 'lock-room', locked });
  }

  /** From now on newcomers wait until a host lets them in, or no more. @param {boolean} enabled */
  setWaitingRoom(enabled) {
    checkArguments('setWaitingRoom', { enabled });
    this.signaling.send({ type: 'set-waiting-room', enabled });
  }

  /** @param {string} [target] one that waits; without: all */
  admit(target) {
    checkArguments('admit', { 'target?': target });
    this.signaling.send({ type: 'admit', ...(target && { target }) });
  }

  /** @param {string} target */
  deny(target) {
    checkArguments('deny', { target });
    this.signaling.send({ type: 'deny', target });
  }

  /** A recording of the room begins, or ends. @param {boolean} enabled */
  record(enabled) {
    checkArguments('record', { enabled });
    this.signaling.send({ type: 'record', enabled });
  }

  endRoom() {
    this.signaling.send({ type: 'end-room' });
  }

  /** @param {'auto'|'mesh'|'sfu'|'mcu'} topology */
  setPin(topology) {
    checkArguments('setPin', { topology });
    this.signaling.send({ type: 'pin', topology });
  }

  /** How the room's mixer arranges its picture. @param {'grid'|'speaker'} layout */
  setLayout(layout) {
    checkArguments('setLayout', { layout });
    this.signaling.send({ type: 'pin', topology: this.pin, layout });
  }

  /**
   * What we are sent, whoever is host: 'on', one picture and one sound of all, made by the server's mixer; 'off',
   * everybody's own; 'auto', that until we are too weak for it.
   * @param {'auto'|'on'|'off'} mix
   */
  setMix(mix) {
    checkArguments('setMix', { mix });
    this.signaling.who.mix = mix;
    this.signaling.send({ type: 'mix', wish: mix });
  }

  /** @param {object[]} events what the client measured, for the server's API */
  tellEvents(...events) {
    this.signaling.send({ type: 'report', events });
  }
}
