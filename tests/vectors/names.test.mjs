// Every case of tests/vectors/names/ through the page's rule.
// tests/unit/mix/test_shown_name.c is the same test for the mixer's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { shownName } from '../../client/web/ui/name.js';

const { cases } = JSON.parse(readFileSync(new URL('names/names.json', import.meta.url), 'utf8'));

test('names are shown without what deceives', () => {
  for (const { why, name, shown } of cases) {
    assert.equal(shownName(name), shown, `${why}: ${JSON.stringify(name)}`);
    assert.equal(shownName(shown), shown, `${why}, once more`);
  }
});
