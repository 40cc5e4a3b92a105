// Everybody's audio: an <audio> element for each audio publication.

import { participantOf } from '../protocol.js';
import { onTouch } from './touch.js';

export class AudioElements {
  /** @param {(isBlocked: boolean) => void} onBlocked the browser does not play it now */
  constructor(onBlocked = () => {}) {
    this.elements = new Map(); // by publication
    this.volumes = new Map(); // of all that comes from a participant, by id
    this.loudspeaker = '';
    this.onBlocked = onBlocked;
    this.endTouches = onTouch(() => { // with `autojoin` nobody has touched the page yet
      onBlocked(false);
      for (const element of this.elements.values()) if (element.paused) this.#play(element);
    });
  }

  #play(element) {
    element.play().catch(({ name }) => name === 'NotAllowedError' && this.onBlocked(true)); // else the track changed meanwhile
  }

  /** A browser that lets an element play only while it is unheard pauses it when it no longer is. */
  #mute(element, isMuted) {
    const isNews = element.muted && !isMuted;
    element.muted = isMuted;
    if (isNews) this.#play(element);
  }

  /** @param {string} id '' for the default one. One that is gone leaves the sound where it is. */
  setLoudspeaker(id) {
    if (id === this.loudspeaker) return;
    this.loudspeaker = id;
    for (const element of this.elements.values()) this.#send(element);
  }

  /** @param {string} participant @returns {number} 0 to 1 */
  volumeOf(participant) {
    return this.volumes.get(participant) ?? 1;
  }

  /** How loud one hears a participant until the call ends. @param {string} participant @param {number} volume 0 to 1 */
  setVolume(participant, volume) {
    this.volumes.set(participant, volume);
    for (const [publication, element] of this.elements) if (participantOf(publication) === participant) element.volume = volume;
  }

  #send(element) {
    element.setSinkId?.(this.loudspeaker).catch(() => {});
  }

  close() {
    this.endTouches();
    this.update(new Map());
  }

  /**
   * @param {Map<string, MediaStreamTrack>} tracks by publication
   * @param {(publication: string) => boolean} isMuted plays unheard: what is to take another's place begins before it
   *   does, and without a router nobody else keeps back what is muted
   */
  update(tracks, isMuted = () => false) {
    for (const [publication, track] of tracks) {
      let element = this.elements.get(publication);
      if (!element) {
        element = document.createElement('audio');
        element.autoplay = true;
        element.volume = this.volumeOf(participantOf(publication));
        if (this.loudspeaker) this.#send(element);
        document.body.append(element);
        this.elements.set(publication, element);
      }
      this.#mute(element, isMuted(publication));
      if (element.srcObject?.getTracks()[0] === track) continue;
      element.srcObject = new MediaStream([track]);
      this.#play(element);
    }
    for (const [publication, element] of this.elements) {
      if (tracks.has(publication)) continue;
      element.remove();
      this.elements.delete(publication);
    }
  }
}
