// What the package heddle-client exports: client/web_package/README.md has it call by call. No DOM.

export { Call } from './call.js';
export { canEncrypt } from './encryption.js';
export { FileTransfers } from './file_transfers.js';
export { defaults as reconnectionDefaults } from './reconnect.js';
