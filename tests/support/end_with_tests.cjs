// A test that fails may leave open what it meant to close, and a file of tests that never ends holds up all others: its
// process ends some seconds after its last test. Loaded before each file (tests/run.sh); of node --test itself there is
// nothing to end.
const later = setTimeout; // tests may put a clock of their own in its place
if (process.env.NODE_TEST_CONTEXT) {
  const { after } = require('node:test');
  after(() => { later(() => process.exit(), 5000).unref(); });
}
