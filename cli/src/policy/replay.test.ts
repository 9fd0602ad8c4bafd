import type { OperatorClient } from '@holdpoint/client/operator'
import { builtInPolicy, type EventView } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { replay } from './replay.ts'

const digest = `sha256:${'0'.repeat(64)}` as const
const judged = { trust: 0.5, autonomy: 'supervised' } as const
const refused = (seq: number, more: object): EventView => ({
  seq,
  type: 'action.refused',
  at: '2026-01-05T09:00:00.000Z',
  by: 'policy',
  agent: 'mailer',
  data: {
    id: `${seq}`,
    action: 'read_file',
    digest,
    code: 'not_permitted',
    level: 'none',
    rules: [],
    ...more,
  },
})

/** A history of what no server of today would write any more. */
const history = (...events: readonly EventView[]) =>
  ({
    approvals: async () => ({ approvals: [] }),
    historyEvents: async function* () {
      yield* events
    },
    refusal: async () => ({ canonical: '{"action":"read_file","args":{}}' }),
    agent: async (id: string) => ({ agent: { id, labels: {} } }),
  }) as unknown as OperatorClient

it('[PO6] passes over a refusal of before its standing was on record, and judges the others', async () => {
  const events = [refused(3, judged), refused(2, {}), refused(1, { ...judged, code: 'denied_before' })]
  const judgements = await replay(history(...events), builtInPolicy, { limit: 10 })
  expect(judgements.map(({ id, difference }) => [id, difference])).toEqual([['3', 'weaker']])
})
