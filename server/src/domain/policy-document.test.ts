import { builtInPolicy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import {
  type ActivateCommand,
  activeOf,
  builtInOnly,
  decidePolicy,
  type PolicyDocument,
  readPolicyDocument,
} from './policy-document.ts'

const by = { id: 'ada', role: 'admin' } as const
const activate = (doc: PolicyDocument, policy: unknown, more: Partial<ActivateCommand> = {}) =>
  decidePolicy(doc, { type: 'policy.activate', policy, reason: 'Because.', by, ...more }, 7)
const activated = (doc: PolicyDocument, policy: unknown): PolicyDocument => {
  const { effects } = activate(doc, policy)
  if (!effects) throw new Error('nothing was written')
  return readPolicyDocument(JSON.parse(JSON.stringify(effects.doc)))
}
const v2 = { version: 'v2', caps: { orders: 7 } }

describe('activating a policy', () => {
  it('[PO6] it becomes the one record, and the log says which, by whom and why', () => {
    const { answer, effects } = activate(builtInOnly, v2)
    expect(answer).toMatchObject({
      ok: true,
      value: { policy: { version: 'v2' }, activated: { by: 'ada', reason: 'Because.' } },
    })
    expect(effects?.events).toMatchObject([
      {
        type: 'policy.activated',
        by: 'ada',
        data: { version: 'v2', reason: 'Because.', before: { version: builtInPolicy.version } },
      },
    ])
    expect(activeOf(activated(builtInOnly, v2)).policy).toMatchObject({
      version: 'v2',
      caps: { ...builtInPolicy.caps, orders: 7 },
    })
  })

  it('[PO6] a malformed one is refused whole, and the old one stays', () => {
    const { answer, effects } = activate(activated(builtInOnly, v2), { version: 'v3', caps: { orders: 0 } })
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'invalid', details: { problems: [{ path: ['caps', 'orders'] }] } },
    })
    expect(effects).toBeUndefined()
  })

  it('[PO6] one version never names two policies, the built-in one included', () => {
    const doc = activated(activated(builtInOnly, v2), { version: 'v3' })
    for (const version of ['v2', builtInPolicy.version])
      expect(activate(doc, { version, caps: { orders: 8 } }).answer).toMatchObject({
        ok: false,
        error: { code: 'conflict' },
      })
    expect(activeOf(activated(doc, v2)).policy.version).toBe('v2')
  })

  it('[PO6] it replaces what its author saw, or nothing', () => {
    const doc = activated(builtInOnly, v2)
    const seen = activeOf(builtInOnly).digest
    expect(activate(doc, { version: 'v3' }, { replaces: seen }).answer).toMatchObject({
      ok: false,
      error: { code: 'conflict', details: { standing: { version: 'v2' } } },
    })
    expect(activate(doc, { version: 'v3' }, { replaces: activeOf(doc).digest }).answer.ok).toBe(true)
  })

  it('[PO6] the active one again changes nothing', () => {
    const again = activate(activated(builtInOnly, v2), v2)
    expect(again.answer.ok).toBe(true)
    expect(again.effects).toBeUndefined()
  })
})

describe('a candidate in shadow', () => {
  const shadowed = (doc: PolicyDocument, policy: unknown) =>
    decidePolicy(doc, { type: 'policy.shadow', policy, reason: 'A trial.', by }, 8)

  it('[PO6] stands beside the active one, which goes on deciding, until it is ended', () => {
    const { answer, effects } = shadowed(builtInOnly, v2)
    expect(answer).toMatchObject({
      ok: true,
      value: { policy: { version: builtInPolicy.version }, shadow: { version: 'v2', reason: 'A trial.' } },
    })
    expect(effects?.events).toMatchObject([{ type: 'policy.shadowed', by: 'ada', data: { version: 'v2' } }])
    const doc = readPolicyDocument(JSON.parse(JSON.stringify(effects?.doc)))
    expect(activeOf(doc).policy.version).toBe(builtInPolicy.version)
    const ended = shadowed(doc, undefined)
    expect(ended.effects?.events).toMatchObject([{ type: 'policy.unshadowed', data: { version: 'v2' } }])
    expect(ended.effects?.doc.shadow).toBeUndefined()
    expect(shadowed(builtInOnly, undefined).effects).toBeUndefined()
  })

  it('[PO6] is checked like one that is to decide', () => {
    expect(shadowed(builtInOnly, { caps: { orders: 0 } }).answer).toMatchObject({
      error: { code: 'invalid' },
    })
    expect(shadowed(activated(builtInOnly, v2), { version: 'v2' }).answer).toMatchObject({
      error: { code: 'conflict' },
    })
  })

  it('[PO6] is in shadow no more once it decides', () => {
    const { effects } = shadowed(builtInOnly, v2)
    expect(activate(effects?.doc ?? builtInOnly, v2).effects?.doc.shadow).toBeUndefined()
  })
})

describe('reading what is stored', () => {
  it('[PO6] a section that an older server did not know is as the built-in policy says', () => {
    const { budgets: _, ...older } = builtInPolicy
    const stored = { schema: 1, versions: [], active: { policy: { ...older, version: 'old' } } }
    expect(activeOf(readPolicyDocument(stored)).policy).toEqual({ ...builtInPolicy, version: 'old' })
  })

  it.each([
    ['of a later schema', { schema: 2 }],
    [
      'with a section that this server does not know',
      {
        schema: 1,
        versions: [],
        active: { policy: { ...builtInPolicy, moods: {} } },
      },
    ],
  ])('[PO6] nothing is decided on a record %s', (_, stored) =>
    expect(() => readPolicyDocument(stored)).toThrow(/needs a newer server|can't be judged by/),
  )
})
