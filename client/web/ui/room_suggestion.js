// The name of a room for those who have none: random, and easily said on the phone. Pure.

/** Words of each language, in the letters that a room's name may have; Korean ones as they are romanized. */
const words = {
  en: [
    ['amber', 'bright', 'calm', 'clear', 'early', 'gentle', 'golden', 'green', 'happy', 'kind', 'light', 'lucky', 'merry', 'quiet', 'silver', 'sunny'],
    ['apple', 'bridge', 'cedar', 'cloud', 'field', 'garden', 'harbor', 'island', 'lake', 'maple', 'meadow', 'moon', 'otter', 'river', 'tulip', 'window'],
  ],
  ko: [
    ['balgeun', 'goun', 'noran', 'parang', 'ppalgan', 'hayan', 'jageun', 'keun', 'saeroun', 'ttatteutan', 'siwonhan', 'joyonghan', 'gippeun', 'dajeonghan', 'nopeun', 'neolbeun'],
    ['bada', 'gang', 'namu', 'haneul', 'gureum', 'baram', 'kkot', 'sup', 'byeol', 'dal', 'hosu', 'maeul', 'jeongwon', 'sarang', 'nabi', 'dari'],
  ],
};
const NUMBERS = 1000; // so that two who ask at the same time have hardly ever the same

/** @param {string} language @param {() => number} random 0 to below 1 @returns {string} */
export function suggestRoom(language, random) {
  const [first, second] = words[language] ?? words.en;
  const pick = (count) => Math.floor(random() * count);
  return [first[pick(first.length)], second[pick(second.length)], String(pick(NUMBERS)).padStart(3, '0')].join('-');
}
