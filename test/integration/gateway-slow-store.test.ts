/** A store that answers, late: what was given up on is done all the same. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbeddedStore } from '@holdpoint/server'
import { expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { freshKey, startAgent } from '../harness/raw-agent.ts'

/** Each of several steps in time, all together not (PR2). */
const LATE_MS = 700
let lateMs = 0

function late(store: EmbeddedStore): EmbeddedStore {
  const slow = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (lateMs > 0) await sleep(lateMs)
      return call(...args)
    }
  }
  const { load, commit, record } = store
  return Object.assign(Object.create(store) as EmbeddedStore, {
    load: slow(load),
    commit: slow(commit),
    record: slow(record),
  })
}

it('[PR2] [PR4] who was told that the outcome is unknown hears of it in the feed, like everybody else', async () => {
  await using cp = await controlPlane({ storeSeen: late })
  await startAgent(await cp.agentSocket({ subject: 'worker' }))
  const [ana, bo] = [await cp.operatorSocket({ subject: 'ana' }), await cp.operatorSocket({ subject: 'bo' })]
  for (const console of [ana, bo]) await console.must('sync', {})
  lateMs = LATE_MS
  const request = { key: freshKey(), target: { agent: 'worker' }, reason: 'look' }
  expect(await ana.request('agent.pause', request)).toMatchObject({ error: { code: 'unknown' } })
  lateMs = 0
  const paused = ({ events }: { readonly events: readonly { readonly type: string }[] }) =>
    events.some(({ type }) => type === 'agent.paused')
  await bo.heard('feed', paused)
  await ana.heard('feed', paused)
  expect(await ana.request('agent.pause', request)).toMatchObject({ ok: true, replayed: true })
})
