// A browser starts no sound in a page that the person has not touched yet.

const TOUCHES = ['pointerup', 'keydown'];

/** Runs `act` whenever the person touches the page. @param {() => void} act @returns {() => void} ends that */
export function onTouch(act) {
  for (const touch of TOUCHES) document.addEventListener(touch, act);
  return () => {
    for (const touch of TOUCHES) document.removeEventListener(touch, act);
  };
}
