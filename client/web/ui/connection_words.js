// How a room is connected, and why so. Pure.

const modes = { mesh: 'modeMesh', sfu: 'modeSfu', mcu: 'modeMcu' };
const reasons = {
  none: 'whyNone', server: 'whyServer', capability: 'whyCapability', alone: 'whyAlone', pair: 'whyPair', unproven: 'whyUnproven', pin: 'whyPin',
  'no-mixer': 'whyNoMixer', 'mixers-busy': 'whyMixersBusy', needed: 'whyNeeded', count: 'whyCount', uplink: 'whyUplink', cpu: 'whyCpu',
};
const of = (table, name) => (Object.hasOwn(table, name) ? table[name] : '');

/** @param {string} topology @returns {string} key of a text, '' for none */
export const modeKey = (topology) => of(modes, topology);

/**
 * What is chosen and so is reason enough; what is chosen and not so has the server's reason.
 * @param {{topology: string, pin: string, reason: string}} call @returns {string} key of a text, '' for none
 */
export const whyKey = ({ topology, pin, reason }) => (pin === topology ? 'whyPin' : of(reasons, reason));
