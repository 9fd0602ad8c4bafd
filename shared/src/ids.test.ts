import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSelfOrChild, NAME_PATTERN, newId, parentOf, TENANT_PATTERN } from './ids.ts'

describe('names', () => {
  it.each(['a', 'A1', 'team/bot', 'ana@example.com', 'urn:x:1', 'a.b_c-d', 'x'.repeat(128)])(
    '%j is a name',
    (name) => expect(name).toMatch(NAME_PATTERN),
  )

  it.each(['', '-a', '/a', '.a', 'a b', 'ä', 'a\n', 'a\u0000', '<b>', 'x'.repeat(129)])(
    '[ID4] %j is not',
    (name) => expect(name).not.toMatch(NAME_PATTERN),
  )

  it.each(['', 'Acme', '-a', 'a/b', '..', 'a.b', 'a\n', 'x'.repeat(64)])('[ID4] %j is no tenant', (tenant) =>
    expect(tenant).not.toMatch(TENANT_PATTERN),
  )
})

describe('[AG] the path is the parent relation', () => {
  it('of an agent to the one above it', () => {
    expect(parentOf('a')).toBeUndefined()
    expect(parentOf('a/b')).toBe('a')
    expect(parentOf('a/b/c')).toBe('a/b')
  })

  it('of an agent to all above it, and to none beside it', () => {
    const name = fc.stringMatching(/^[a-z]{1,3}$/)
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 3 }), name, (root, path, other) => {
        const agent = [root, ...path].join('/')
        expect(isSelfOrChild(agent, root)).toBe(true)
        expect(isSelfOrChild(`${root}${other}`, root)).toBe(false)
        expect(isSelfOrChild(root, agent)).toBe(path.length === 0)
      }),
    )
  })
})

it('ids are UUIDv7 and sort by the time they were made', () => {
  const ids = Array.from({ length: 1_000 }, newId)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids).size).toBe(1_000)
  expect([...ids].sort()).toEqual(ids)
})
