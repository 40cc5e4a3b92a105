// Access tokens, and keys of encrypted rooms, in addresses and links.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf, isInvitation, invitationUrl, takeSecrets } from '../../../client/web/ui/invitation.js';

const token = (claims) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

test('token and key go out of the address, everything else stays', () => {
  const table = [
    ['https://a.example/?room=x&token=t.o.k&name=Ann', 't.o.k', null, 'https://a.example/?room=x&name=Ann'],
    ['https://a.example/sub/?room=x#token=t.o.k', 't.o.k', null, 'https://a.example/sub/?room=x'],
    ['https://a.example/?room=x&token=old#token=new', 'new', null, 'https://a.example/?room=x'],
    ['https://a.example/?room=x#part', null, null, 'https://a.example/?room=x#part'],
    ['https://a.example/?room=x#key=warp+and%20weft', null, 'warp and weft', 'https://a.example/?room=x'],
    ['https://a.example/?room=x#token=t.o.k&key=k', 't.o.k', 'k', 'https://a.example/?room=x'],
    ['https://a.example/?room=x&key=told#key=', null, null, 'https://a.example/?room=x&key=told'],
  ];
  for (const [href, token, key, address] of table) assert.deepEqual(takeSecrets(href), { token, key, address }, href);
});

test('what a token says can be read, and nonsense says nothing', () => {
  assert.deepEqual(claimsOf(token({ room: '한', exp: 1 })), { room: '한', exp: 1 });
  for (const nonsense of ['', 'a', 'a.b.c', 'a.!.c', `a.${Buffer.from('null').toString('base64url')}.c`]) assert.deepEqual(claimsOf(nonsense), {}, nonsense);
});

test('the link that one copies has the token only if that is for anybody', () => {
  const table = [
    [{ room: 'x', exp: 1 }, true], [{ room: 'x', exp: 1, nbf: 0, iat: 0, topology: 'sfu' }, true], [{ room: 'x', exp: 1, pin: false, name: null }, true],
    [{ room: 'x', exp: 1, name: 'Ann' }, false], [{ room: 'x', exp: 1, pin: true }, false], [{ room: 'x', exp: 1, sub: '7' }, false],
    [{ exp: 1, api: true }, false], [{ room: 'x', exp: 1, something: 'new' }, false], [{}, false],
  ];
  for (const [claims, isShared] of table) {
    assert.equal(isInvitation(token(claims)), isShared, JSON.stringify(claims));
    const url = invitationUrl('https://a.example/sub/?room=old&name=Ann#x', 'a b', { token: token(claims) });
    assert.equal(url, `https://a.example/sub/?room=a+b${isShared ? `#token=${token(claims)}` : ''}`);
  }
  assert.equal(invitationUrl('https://a.example/?source=none', 'x', { token: null, key: null }), 'https://a.example/?room=x');
});

test('the link that one copies has the key, without which it is of no use', () => {
  assert.equal(invitationUrl('https://a.example/', 'x', { token: null, key: 'a b&c' }), 'https://a.example/?room=x#key=a+b%26c');
  assert.equal(takeSecrets(invitationUrl('https://a.example/', 'x', { token: null, key: '비밀 #&=%' })).key, '비밀 #&=%');
});
