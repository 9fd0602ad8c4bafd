import type { ApprovalView, EventView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { decisionsOf, loadOf, medianMs, outcomesByRule, readDecisions, SLOT_MS, timesOf } from './insight.ts'

const START = Date.parse('2026-01-31T12:00:00.000Z')
let count = 0

function decided(
  more: Partial<ApprovalView> & { at?: number; looked?: number; took?: number } = {},
): EventView {
  count += 1
  const { at = START, looked = 5_000, took = 20_000, ...view } = more
  const time = (ms: number) => new Date(ms).toISOString()
  const approval = {
    id: `id-${count}`,
    decidedBy: 'ana',
    rules: ['mail'],
    stages: { queued: { at: time(at - took) }, seen: { at: time(at - looked) }, decided: { at: time(at) } },
    ...view,
  }
  const type = view.status === 'denied' ? 'approval.denied' : 'approval.approved'
  return { seq: count, at: time(at), type, data: { approval } }
}

const WHOLE = { partial: false }
const times = (n: number, make: () => EventView) => Array.from({ length: n }, make)

describe('insight', () => {
  it('counts persons’ decisions, each once, and not policy’s', () => {
    const one = decided()
    expect(
      decisionsOf([one, one, decided({ decidedBy: 'policy' }), { ...one, type: 'approval.requested' }]),
    ).toHaveLength(1)
  })

  it('puts load into slots of ten minutes, the busiest first', () => {
    const now = START + SLOT_MS
    const events = [
      ...times(3, () => decided({ decidedBy: 'bo', at: START + 1 })),
      decided({ at: START - 1 }),
      decided({ at: START - 9 * SLOT_MS }),
    ]
    expect(loadOf(decisionsOf(events), now, 2)).toEqual([
      { by: 'bo', slots: [0, 3] },
      { by: 'ana', slots: [1, 0] },
    ])
  })

  it('sorts decisions by how long they took', () => {
    const all = decisionsOf([1_000, 9_000, 9_500, 3_600_000].map((took) => decided({ took })))
    expect(timesOf(all)).toEqual([1, 2, 0, 0, 0, 0, 1])
    expect(medianMs(all)).toBe(9_500)
    expect(medianMs([])).toBeUndefined()
  })

  it('names rules that are nearly always released, and releases that nobody can have read', () => {
    const always = times(99, () => decided({ rules: ['always'] }))
    const denied = decided({ rules: ['always'], status: 'denied' })
    expect(outcomesByRule(decisionsOf([...always, denied]), WHOLE)[0]).toMatchObject({
      approved: 99,
      denied: 1,
      automatable: true,
    })
    const oftener = outcomesByRule(
      decisionsOf([...always, denied, decided({ rules: ['always'], status: 'denied' })]),
      WHOLE,
    )
    expect(oftener[0]?.automatable).toBe(false)
    expect(outcomesByRule(decisionsOf(times(5, () => decided())), WHOLE)[0]?.automatable).toBe(false)
    expect(
      outcomesByRule(decisionsOf([decided({ looked: 1_900 }), decided({ looked: 2_000 })]), WHOLE)[0]?.rushed,
    ).toBe(1)
  })

  it('recommends nothing on a part of the decisions, whether a connection or room was wanting', async () => {
    const released = times(30, () => decided())
    const read = (denials: () => AsyncIterable<EventView>) =>
      readDecisions(({ type }) => (type === 'approval.denied' ? denials() : each(released)), 'yesterday')
    const lost = await read(async function* () {
      yield decided({ status: 'denied' })
      throw new Error('the connection was lost')
    })
    expect(lost).toMatchObject({ partial: true, events: { length: 31 } })
    expect(outcomesByRule(decisionsOf(released), lost)[0]?.automatable).toBe(false)
    const one = decided({ status: 'denied' })
    expect(await read(() => each(Array.from({ length: 10_001 }, () => one)))).toMatchObject({ partial: true })
    const whole = await read(() => each(Array.from({ length: 10_000 }, () => one)))
    expect(whole.partial).toBe(false)
    expect(outcomesByRule(decisionsOf(released), whole)[0]?.automatable).toBe(true)
  })
})

async function* each<T>(all: readonly T[]) {
  yield* all
}
