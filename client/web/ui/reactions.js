// The reactions of the protocol, as people see them. Pure.

/** @type {Record<string, string>} */
export const emoji = Object.freeze({ 'thumbs-up': '👍', clap: '👏', heart: '❤️', laugh: '😂', surprise: '😮', party: '🎉' });

/** @returns {string} key of a text */
export const reactionKey = (reaction) => `reaction-${reaction}`;
