// A person's id at a provider is theirs alone, and theirs for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isId } from '../../schema/rules/ids.ts';
import { type AdmissionRules, personOf, userIdOf } from './person-of-claims.ts';

const everybody: AdmissionRules = { domains: [], groups: [], adminGroup: undefined, groupsClaim: 'groups' };
const identity = fc.record({ iss: fc.string(), sub: fc.string() });

test('no two persons have one id, neither at one issuer nor at two', () => {
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const areSame = one.iss === other.iss && one.sub === other.sub;
      assert.equal(userIdOf(one) === userIdOf(other), areSame);
    }),
  );
  assert.notEqual(userIdOf({ iss: 'https://a.example', sub: 'b' }), userIdOf({ iss: 'https://a.exampl', sub: 'eb' }));
});

test('whatever a provider says, the id can be a user’s and the name can be shown', () => {
  fc.assert(
    fc.property(identity, fc.dictionary(fc.string(), fc.anything()), fc.anything(), (claims, more, name) => {
      const person = personOf({ ...more, name, ...claims }, everybody);
      assert.ok(person.ok && isId(person.value.userId) && !person.value.isAdmin);
      assert.ok(person.value.name.length <= 255);
    }),
  );
});

test('a person keeps the id under another name and address', () => {
  const claims = { iss: 'https://login.example.com', sub: '248289761001' };
  const [before, after] = [{ name: 'Jane Doe' }, { name: 'Jane Roe', email: 'jane@example.com' }].map((more) =>
    personOf({ ...claims, ...more }, everybody),
  );
  assert.ok(before?.ok && after?.ok);
  assert.equal(before.value.userId, after.value.userId);
  assert.equal(after.value.name, 'Jane Roe');
});

test('groups are read from the claim that the operator names, as a list or as one', () => {
  const rules = { ...everybody, adminGroup: 'admins', groupsClaim: 'https://example.com/roles' };
  const isAdmin = (claim: unknown) => {
    const person = personOf({ iss: 'i', sub: 's', groups: ['admins'], 'https://example.com/roles': claim }, rules);
    return person.ok && person.value.isAdmin;
  };
  assert.deepEqual([['x', 'admins'], 'admins', ['Admins'], { admins: true }, undefined].map(isAdmin), [
    ...[true, true],
    ...[false, false, false],
  ]);
});

test('an address counts by its domain only where it is one plain address', () => {
  const rules = { ...everybody, domains: ['example.com'] };
  const isLetIn = (email: unknown) => personOf({ iss: 'i', sub: 's', email, email_verified: true }, rules).ok;
  for (const email of ['ada@example.com', 'Ada.L+x@Example.COM']) assert.equal(isLetIn(email), true, email);
  const others = ['eve@evil.example@example.com', '"eve@evil.example"@example.com', 'eve@evil.example\n@example.com'];
  const odd = ['eve@evil.example,ada@example.com', 'eve @example.com', 'e\u202eve@example.com', 'e\0ve@example.com'];
  for (const email of [...others, ...odd, '@example.com', 'example.com', ['ada@example.com']])
    assert.equal(isLetIn(email), false, JSON.stringify(email));
});

test('a name is one line, in the order in which it is written', () => {
  const nameOf = (name: string) => {
    const person = personOf({ iss: 'i', sub: 'the subject', name }, everybody);
    return person.ok && person.value.name;
  };
  assert.equal(nameOf('Ada\r\n\tLovelace\u2028'), 'Ada Lovelace');
  assert.equal(nameOf('\u202eAda\u2066 \u061c\u200fLovelace'), 'Ada Lovelace');
  assert.equal(nameOf('\u202e\n'), 'the subject');
  assert.equal(nameOf('אדה 👩‍💻'), 'אדה 👩‍💻');
});
