// What is drawn once a frame, however often it is asked for. A page that nobody sees has no frames: it draws now and
// then.

const UNSEEN_WAIT = 100;

export class OnceAFrame {
  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
    this.frame = null;
    this.timer = null;
  }

  soon() {
    if (this.timer !== null) return;
    this.frame = requestAnimationFrame(() => this.now());
    this.timer = setTimeout(() => this.now(), UNSEEN_WAIT);
  }

  now() {
    this.cancel();
    this.draw();
  }

  cancel() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.timer = null;
  }
}
