import { HOUR, personRoles } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoginDocument, PersonDocument } from './person-document.ts'
import { actingAs, decideLogin, decidePerson, type PersonRecordCommand } from './persons.ts'

const AT = Date.parse('2026-01-05T09:00:00Z')
const KEY = { tenant: 'acme', id: 'ana' }
const root = { id: 'root', role: 'admin' } as const

function personAfter(...commands: readonly PersonRecordCommand[]): PersonDocument | undefined {
  let doc: PersonDocument | undefined
  for (const [n, command] of commands.entries()) {
    const { effects } = decidePerson(KEY, doc, command, AT + n)
    // what is stored is JSON
    if (effects) doc = JSON.parse(JSON.stringify(effects.doc)) as PersonDocument
  }
  return doc
}
const add = { type: 'person.add', profile: { role: 'approver' }, by: root } as const
const disable = { type: 'person.disable', reason: 'left', by: root } as const
const enable = { type: 'person.enable', reason: 'back', by: root } as const
const token = { id: 'ana', role: 'admin', jti: 'j', issuedAt: AT } as const

describe('ID2: people', () => {
  it('[ID2] what is named replaces, what is not named stays', () => {
    const change = { type: 'person.change', profile: { teams: ['a', 'a', 'b'], logins: ['sso:1'] }, by: root }
    expect(personAfter(add, change as PersonRecordCommand)).toMatchObject({
      id: 'ana',
      role: 'approver',
      teams: ['a', 'b'],
      logins: ['ana', 'sso:1'],
    })
  })

  it('[ID2] of two changes that were made from the same revision, the second is refused with what stands', () => {
    const change = (teams: string[], replaces?: number): PersonRecordCommand => ({
      type: 'person.change',
      profile: { teams },
      replaces,
      by: root,
    })
    const doc = personAfter(add, change(['a'], 1))
    expect(decidePerson(KEY, doc, change(['b'], 1), AT).answer).toMatchObject({
      error: { code: 'conflict', details: { person: { teams: ['a'], revision: 2 } } },
    })
    expect(decidePerson(KEY, doc, change(['b'], 2), AT).answer).toMatchObject({
      value: { person: { revision: 3 } },
    })
    expect(decidePerson(KEY, doc, change(['b']), AT).answer.ok).toBe(true)
  })

  it('[ID2] a login that was taken is remembered as such until it is theirs again', () => {
    const change = (...logins: string[]) =>
      ({ type: 'person.change', profile: { logins }, by: root }) as PersonRecordCommand
    expect(personAfter(add, change('sso:1', 'sso:2'), change('sso:2'))).toMatchObject({
      logins: ['ana', 'sso:2'],
      retired: ['sso:1'],
    })
    expect(personAfter(add, change('sso:1'), change(), change('sso:1'))).toMatchObject({ retired: [] })
    const full = Array.from({ length: 200 }, (_, n) => change(`sso:${n}`))
    const doc = personAfter(add, ...full, change('one'))
    expect(doc?.retired).toHaveLength(200)
    // none of them may be forgotten
    expect(decidePerson(KEY, doc, change(), AT).answer).toMatchObject({ error: { code: 'conflict' } })
  })

  it('[ID2] nobody disables themselves: the last admin would be out', () => {
    const self = { ...disable, by: { id: 'ana', role: 'admin' } } as const
    expect(decidePerson(KEY, personAfter(add), self, AT).answer).toMatchObject({
      error: { code: 'conflict' },
    })
  })

  it('[ID2] nobody changes their own role: nor would the last admin be left by that', () => {
    const by = { id: 'ana', role: 'admin' } as const
    const admin = personAfter({ ...add, profile: { role: 'admin' } })
    const change = (profile: object) =>
      decidePerson(KEY, admin, { type: 'person.change', profile, by }, AT).answer
    expect(change({ role: 'operator' })).toMatchObject({ error: { code: 'conflict' } })
    expect(change({ role: 'admin', teams: ['a'] }).ok).toBe(true)
  })

  it('[ID2] nobody is added twice, and who does not exist is not changed', () => {
    expect(decidePerson(KEY, personAfter(add), add, AT).answer).toMatchObject({ error: { code: 'conflict' } })
    expect(decidePerson(KEY, undefined, disable, AT).answer).toMatchObject({ error: { code: 'not_found' } })
  })

  it('[ID2] the log never holds an address', () => {
    const addresses = { email: 'ana@example.org', slack: 'U024BE7LH' }
    const { effects } = decidePerson(KEY, undefined, { ...add, profile: { addresses } }, AT)
    expect(effects?.doc.addresses).toEqual(addresses)
    expect(JSON.stringify([effects?.events, effects?.records])).not.toMatch(/example\.org|U024BE7LH/)
  })

  it('[ID2] the role that counts is never above the token’s nor above the record’s', () => {
    const role = fc.constantFrom(...personRoles)
    fc.assert(
      fc.property(role, role, (ofToken, ofRecord) => {
        const doc = personAfter({ ...add, profile: { role: ofRecord } })
        const who = actingAs({ ...token, role: ofToken }, doc)
        const ranks = [ofToken, ofRecord].map((one) => personRoles.indexOf(one))
        expect(who).toMatchObject({ ok: true, value: { id: 'ana', role: personRoles[Math.min(...ranks)] } })
      }),
    )
    expect(actingAs(token, undefined)).toMatchObject({ value: { id: 'ana', role: 'admin' } })
  })

  it('[ID2] another login of theirs is the same person', () => {
    const doc = personAfter({ ...add, profile: { role: 'admin', logins: ['sso:1'] } })
    expect(actingAs({ ...token, id: 'sso:1' }, doc)).toMatchObject({ value: { id: 'ana' } })
  })

  it('[ID3] nothing of a disabled person counts, and what was issued before stays void when they are back', () => {
    const out = personAfter(add, disable)
    const later = { ...token, issuedAt: AT + HOUR }
    expect(actingAs(later, out)).toMatchObject({ error: { code: 'unauthenticated' } })
    const back = personAfter(add, disable, enable)
    expect(actingAs(token, back)).toMatchObject({ error: { code: 'unauthenticated' } })
    expect(actingAs(later, back)).toMatchObject({ ok: true })
    expect(decidePerson(KEY, out, disable, AT).answer).toMatchObject({ error: { code: 'conflict' } })
    expect(decidePerson(KEY, back, enable, AT).answer).toMatchObject({ error: { code: 'conflict' } })
  })

  it('[ID2] a login is one person’s: taken only where nobody has it, or a claim on it was left behind', () => {
    const bos: LoginDocument = { schema: 1, person: 'bo', claimedAt: AT }
    const take = (doc: LoginDocument | undefined, lists: boolean, at: number) =>
      decideLogin('sso:1', doc, 'ana', { lists, retired: false }, at)
    expect(take(undefined, false, AT).effects?.doc).toMatchObject({ person: 'ana' })
    expect(take(bos, true, AT + HOUR).answer).toMatchObject({
      error: { code: 'conflict', details: { person: 'bo' } },
    })
    expect(take(bos, false, AT + 1).answer).toMatchObject({ error: { code: 'conflict' } })
    expect(take(bos, false, AT + HOUR).effects?.doc).toMatchObject({ person: 'ana' })
    expect(take({ ...bos, person: 'ana' }, true, AT)).toEqual({ answer: { ok: true, value: {} } })
    // who takes what was somebody's is the next to have it; were that cut short, it would not be free
    const next = (doc: LoginDocument, retired: boolean) =>
      decideLogin('sso:1', doc, 'ana', { lists: false, retired }, AT + HOUR).effects?.doc
    expect(next(bos, false)).not.toHaveProperty('once')
    expect(next(bos, true)).toMatchObject({ person: 'ana', once: true })
    expect(next({ ...bos, once: true }, false)).toMatchObject({ person: 'ana', once: true })
  })
})
