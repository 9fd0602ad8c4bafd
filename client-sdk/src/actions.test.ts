import { canonicalAction, refusal } from '@holdpoint/shared'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Actions } from './actions.ts'
import { ActsInFlight } from './acts-in-flight.ts'
import type { AgentSession } from './agent-session.ts'
import { HoldpointError } from './errors.ts'
import { Gate } from './gate.ts'
import { Lease } from './lease.ts'
import { Settlements } from './settlements.ts'
import { manualClocks } from './testing/manual-clocks.ts'

interface Item {
  readonly id: string
  readonly verdict: 'go' | 'wait'
  readonly digest: string
  readonly canonical: string
  begun: boolean
  reported: boolean
}

/**
 * A session whose server does what AP7 and AP9 say, at whatever moment the scheduler lets a request arrive, and whose
 * answers come back at whatever moment it lets them: every order that a network and an event loop can make.
 */
function scheduledSession(scheduler: fc.Scheduler, verdict: 'go' | 'wait') {
  const items = new Map<string, Item>()
  const viewOf = ({ id, digest, canonical, begun, reported }: Item) => ({
    id,
    status: 'approved',
    digest,
    canonical,
    stages: { ...(begun && { begun: {} }), ...(reported && { reported: {} }) },
  })
  const requested = (key: string, action: string, args: unknown) => {
    const earlier = items.get(key)
    const bytes = canonicalAction(action, args)
    if (!bytes.ok) throw new Error('no canonical bytes')
    const item = earlier ?? { id: key, verdict, ...bytes.value, begun: verdict === 'go', reported: false }
    items.set(key, item)
    const { id, digest, canonical } = item
    const approval = verdict === 'wait' ? viewOf(item) : undefined
    return {
      verdict,
      action: { id, digest, canonical },
      rules: [],
      approval,
      replayed: earlier !== undefined,
    }
  }
  const serve = (event: string, payload: Record<string, unknown>): object => {
    if (event === 'action.request')
      return requested(payload.key as string, payload.action as string, payload.args)
    const item = items.get(payload.id as string)
    if (!item) throw new HoldpointError(refusal('not_found'))
    if (event === 'approval.get') return { approval: viewOf(item) }
    if (event === 'action.begin') {
      if (item.begun) throw new HoldpointError(refusal('conflict', 'Begun.', { standing: viewOf(item) }))
      item.begun = true
      return { canonical: item.canonical }
    }
    item.reported = true
    return {}
  }
  const clocks = manualClocks()
  const lease = new Lease(clocks)
  lease.granted(lease.sending(), 60_000)
  const gate = new Gate(lease)
  gate.setState('running')
  const session = {
    epoch: '1.1',
    instance: 'instance-one',
    acts: new ActsInFlight(() => {}),
    logger: { warn: () => {} },
    clocks,
    gate,
    async call(event: string, payload: Record<string, unknown>) {
      await scheduler.schedule(Promise.resolve(), `${event} arrives`)
      let answer: () => object
      try {
        const body = serve(event, payload)
        answer = () => body
      } catch (error) {
        answer = () => {
          throw error
        }
      }
      await scheduler.schedule(Promise.resolve(), `${event} is answered`)
      return answer()
    },
  }
  return session as unknown as AgentSession
}

it('[AP7] [AP9] one key, any number of callers, any order of arrivals and answers: it runs at most once', async () => {
  let folded = 0
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom('go' as const, 'wait' as const),
      fc.array(fc.constantFrom('one', 'two'), { minLength: 2, maxLength: 6 }),
      async (scheduler, verdict, keys) => {
        const actions = new Actions(scheduledSession(scheduler, verdict), new Settlements())
        const acts: string[] = []
        const runs = keys.map(async (key) => {
          await scheduler.schedule(Promise.resolve(), `${key} is called`)
          return actions.run(
            'read_file',
            { key },
            async () => {
              acts.push(key)
              await scheduler.schedule(Promise.resolve(), `${key} acts`)
            },
            { key },
          )
        })
        const results = await scheduler.waitFor(Promise.all(runs))
        expect(acts.toSorted()).toEqual([...new Set(keys)].toSorted())
        const ran = results.filter(({ status }) => status === 'done')
        expect(ran).toHaveLength(acts.length)
        folded += results.filter(({ status }) => status === 'already_begun').length
      },
    ),
    { numRuns: 2_000 },
  )
  expect(folded).toBeGreaterThan(0)
}, 30_000)
