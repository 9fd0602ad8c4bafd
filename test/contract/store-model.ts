/**
 * A model of the store in plain maps, and random sequences of calls that must get the same answers from both:
 * versions, first answers, deadlines with their claims, open records, and the feed.
 */
import type { Change, CommitResult, DocumentRef, DueDeadline } from '@holdpoint/server'
import { verifyChain } from '@holdpoint/server'
import { DAY, HOUR, MINUTE } from '@holdpoint/shared'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agentRef, type OpenHarness, type StoreHarness, startedBy, wholeFeed } from './store-harness.ts'

const TENANTS = ['acme', 'other']
const NAMES = ['expiry', 'reminder']
const HOLDERS = ['item-1', 'item-2']
const KEYS = ['k1', 'k2', 'k3', 'k4']
const LEASE_MS = 5 * MINUTE

interface CommitStep {
  readonly type: 'commit'
  readonly tenant: string
  readonly id: string
  /** 0 is the version that stands. */
  readonly versionOff: number
  readonly events: number
  readonly key?: string
  readonly retain: { readonly holder: string } | { readonly forMs: number }
  readonly set: readonly { readonly name: string; readonly inMs: number }[]
  readonly clear: readonly string[]
  readonly close: readonly string[]
  readonly notAfterIn?: number
  readonly open?: boolean
}
type Step =
  | CommitStep
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'claim'; readonly limit: number }
  | { readonly type: 'reopen' }

const commitStep: fc.Arbitrary<CommitStep> = fc.record(
  {
    type: fc.constant('commit' as const),
    tenant: fc.constantFrom(...TENANTS),
    id: fc.constantFrom('a', 'b'),
    versionOff: fc.constantFrom(0, 0, 0, 0, -1, 1),
    events: fc.nat({ max: 3 }),
    key: fc.constantFrom(...KEYS),
    retain: fc.oneof(
      fc.record({ holder: fc.constantFrom(...HOLDERS) }),
      fc.record({ forMs: fc.constantFrom(MINUTE, HOUR) }),
    ),
    set: fc.uniqueArray(
      fc.record({ name: fc.constantFrom(...NAMES), inMs: fc.constantFrom(0, MINUTE, HOUR, DAY) }),
      { selector: ({ name }) => name, maxLength: 2 },
    ),
    clear: fc.uniqueArray(fc.constantFrom(...NAMES)),
    close: fc.uniqueArray(fc.constantFrom(...HOLDERS), { maxLength: 1 }),
    notAfterIn: fc.constantFrom(-1, 0, 1, MINUTE),
    open: fc.boolean(),
  },
  {
    requiredKeys: ['type', 'tenant', 'id', 'versionOff', 'events', 'retain', 'set', 'clear', 'close'],
  },
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: commitStep },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.constantFrom(1, MINUTE, LEASE_MS, HOUR, DAY),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'reopen' }) },
)

interface ModelAnswer {
  readonly fingerprint: string
  readonly answer: unknown
  readonly holder: string | undefined
  readonly expiresAt: number
}

interface ModelDeadline extends DueDeadline {
  claimedUntil: number
}

function createModel() {
  const documents = new Map<string, { doc: unknown; version: number }>()
  const answers = new Map<string, ModelAnswer>()
  const deadlines = new Map<string, ModelDeadline>()
  const open = new Map<string, Set<string>>(TENANTS.map((tenant) => [tenant, new Set()]))
  const feed = new Map<string, { type: string; agent: string | undefined; at: number }[]>(
    TENANTS.map((tenant) => [tenant, []]),
  )
  const keyOf = (...parts: string[]): string => parts.join(' ')
  const documentOf = (ref: DocumentRef) =>
    documents.get(keyOf(ref.tenant, ref.id)) ?? { doc: undefined, version: 0 }

  return {
    documentOf,
    open,
    feed,

    answerTo(tenant: string, key: string, now: number) {
      const found = answers.get(keyOf(tenant, key))
      return found && found.expiresAt > now
        ? { fingerprint: found.fingerprint, answer: found.answer }
        : undefined
    },

    commit(change: Change, now: number): CommitResult['status'] {
      const { ref, remember } = change
      if (remember && this.answerTo(ref.tenant, remember.command.key, now)) return 'repeated'
      const standing = documentOf(ref)
      if (standing.version !== change.expectedVersion) return 'stale'
      if (change.notAfter !== undefined && now >= change.notAfter) return 'too_late'
      documents.set(keyOf(ref.tenant, ref.id), { doc: change.doc, version: standing.version + 1 })
      for (const { type, agent } of change.events) feed.get(ref.tenant)?.push({ type, agent, at: change.at })
      for (const name of change.deadlines?.clear ?? []) deadlines.delete(keyOf(ref.tenant, ref.id, name))
      for (const { name, dueAt } of change.deadlines?.set ?? [])
        deadlines.set(keyOf(ref.tenant, ref.id, name), { ref, name, dueAt, claimedUntil: 0 })
      for (const record of change.records ?? [])
        if (record.open) open.get(ref.tenant)?.add(record.id)
        else open.get(ref.tenant)?.delete(record.id)
      if (remember) {
        const { retain, fingerprint, answer } = remember
        const [holder, expiresAt] =
          'holder' in retain ? [retain.holder, Number.POSITIVE_INFINITY] : [undefined, now + retain.forMs]
        answers.set(keyOf(ref.tenant, remember.command.key), { fingerprint, answer, holder, expiresAt })
      }
      for (const [key, kept] of answers)
        if (key.startsWith(`${ref.tenant} `) && kept.holder && change.closeHolders?.includes(kept.holder))
          answers.set(key, { ...kept, holder: undefined, expiresAt: now + DAY })
      return 'committed'
    },

    /** What may be claimed, oldest first; of one time, in any order. */
    claimable: (now: number): ModelDeadline[] =>
      [...deadlines.values()]
        .filter(({ dueAt, claimedUntil }) => dueAt <= now && claimedUntil <= now)
        .sort((a, b) => a.dueAt - b.dueAt),

    claimed({ ref, name }: DueDeadline, until: number): void {
      const found = deadlines.get(keyOf(ref.tenant, ref.id, name))
      if (found) found.claimedUntil = until
    },

    forgetClaims(): void {
      for (const deadline of deadlines.values()) deadline.claimedUntil = 0
    },
  }
}

async function run(h: StoreHarness, steps: readonly Step[]): Promise<void> {
  const model = createModel()
  for (const [n, one] of steps.entries()) {
    if (one.type === 'advance') await h.advance(one.ms)
    else if (one.type === 'claim') await claim(h, model, one.limit)
    else if (one.type === 'reopen') {
      // Claims may outlive the process or die with it: let them run out, so that both are the same.
      await h.advance(LEASE_MS)
      await h.reopen()
      model.forgetClaims()
    } else await commit(h, model, one, n)
  }
  for (const tenant of TENANTS) {
    const feed = await wholeFeed(h.store, h.store.partitionOf(tenant))
    expect(feed).toMatchObject((model.feed.get(tenant) ?? []).map((event, i) => ({ ...event, seq: i + 1 })))
    expect(feed).toHaveLength(model.feed.get(tenant)?.length ?? 0)
    expect(verifyChain(feed)).toBeUndefined()
  }
}

type Model = ReturnType<typeof createModel>

async function commit(h: StoreHarness, model: Model, one: CommitStep, n: number): Promise<void> {
  const now = h.store.now()
  const ref = agentRef(one.id, one.tenant)
  const before = model.documentOf(ref)
  const earlier = one.key === undefined ? undefined : model.answerTo(one.tenant, one.key, now)
  const command = one.key === undefined ? undefined : { principal: 'p', key: one.key }
  const loaded = await h.store.load(ref, command)
  expect(loaded).toEqual({
    ...before,
    write: loaded.write,
    ...(earlier ? { earlier } : {}),
    cached: false,
  })

  const change: Change = {
    ref,
    expectedVersion: before.version + one.versionOff,
    expectedWrite: loaded.write,
    at: now,
    ...(n % 4 === 0 ? {} : { before: loaded.doc }),
    doc: { ...(loaded.doc as object | undefined), step: n, [`part${n % 5}`]: { of: n } },
    events: Array.from({ length: one.events }, () => startedBy(one.id)),
    deadlines: { set: one.set.map(({ name, inMs }) => ({ name, dueAt: now + inMs })), clear: one.clear },
    closeHolders: one.close,
    ...(command ? { remember: { command, fingerprint: `${n}`, answer: { n }, retain: one.retain } } : {}),
    ...(one.notAfterIn === undefined ? {} : { notAfter: now + one.notAfterIn }),
    ...(one.open === undefined
      ? {}
      : { records: [{ kind: 'ticket', id: one.id, status: 's', open: one.open, at: now, data: n }] }),
  }
  const status = model.commit(change, now)
  const result = await h.store.commit(change)
  expect(result.status).toBe(status)
  if (result.status === 'repeated') expect(result.earlier).toEqual(earlier)
  if (result.status === 'stale') expect(result).toMatchObject(before)
  const open = model.open.get(one.tenant)?.size ?? 0
  expect(await h.store.countOpen(one.tenant)).toEqual(open > 0 ? { ticket: open } : {})
}

async function claim(h: StoreHarness, model: Model, limit: number): Promise<void> {
  const now = h.store.now()
  const claimable = model.claimable(now)
  const claimed = await h.store.claimDeadlines(limit, LEASE_MS)
  expect(claimed.map(({ dueAt }) => dueAt)).toEqual(claimable.slice(0, limit).map(({ dueAt }) => dueAt))
  for (const due of claimed) {
    expect(claimable).toContainEqual(expect.objectContaining(due))
    model.claimed(due, now + LEASE_MS)
  }
}

/** The store's clock must stand still between calls (a manual clock), or the model can't tell what it answers. */
export function storeModel(name: string, open: OpenHarness, runs: number): void {
  it(`[ST2] [ST4] [ST5] [ST6] [ST10] the ${name} store answers random calls as its model does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await using h = await open()
        await run(h, steps)
      }),
      { numRuns: runs },
    )
  })
}
