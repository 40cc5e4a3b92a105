// Everybody's audio: an <audio> element for each audio publication.

const TOUCHES = ['pointerup', 'keydown'];

export class AudioElements {
  constructor() {
    this.elements = new Map(); // by publication
    // A browser plays no audio in a page that the person has not touched yet (with `autojoin` nobody has to): the first touch
    // starts it.
    this.play = () => {
      for (const element of this.elements.values()) if (element.paused) element.play().catch(() => {});
    };
    for (const touch of TOUCHES) document.addEventListener(touch, this.play);
  }

  close() {
    for (const touch of TOUCHES) document.removeEventListener(touch, this.play);
    this.update(new Map());
  }

  /** @param {Map<string, MediaStreamTrack>} tracks by publication */
  update(tracks) {
    for (const [publication, track] of tracks) {
      let element = this.elements.get(publication);
      if (!element) {
        element = document.createElement('audio');
        element.autoplay = true;
        document.body.append(element);
        this.elements.set(publication, element);
      }
      if (element.srcObject?.getTracks()[0] !== track) element.srcObject = new MediaStream([track]);
    }
    for (const [publication, element] of this.elements) {
      if (tracks.has(publication)) continue;
      element.remove();
      this.elements.delete(publication);
    }
  }
}
