import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane } from '../harness/control-plane.ts'
import { shown, startAgent } from '../harness/raw-agent.ts'

/** A server that ran, decided, and stopped. */
async function stopped() {
  const plane = await controlPlane()
  const ana = await plane.operatorSocket({ subject: 'ana', role: 'admin' })
  const agent = await startAgent(await plane.agentSocket({ subject: 'worker' }))
  const { approval } = await agent.ask('send_email', { to: 'bo' })
  await ana.must('approval.approve', { key: 'k', ...shown(approval) })
  await plane.stop()
  return plane
}
const hp = commandLine({})
type Verified = { whole: boolean; partitions: { first: number; last: number; broken?: { seq: number } }[] }

it('[PR7] a log that nobody touched is whole, from its first event to its head', async () => {
  await using plane = await stopped()
  const checked = await hp('verify', '--data', plane.folder, '--json')
  expect(checked.code).toBe(0)
  const { whole, partitions } = checked.json<Verified>()
  expect(whole).toBe(true)
  expect(partitions[0]).toMatchObject({ first: 1 })
  expect(partitions[0]?.last).toBeGreaterThanOrEqual(3)
  expect((await hp('verify', '--data', plane.folder)).stdout).toMatch(/default\/0 +1–\d+ +yes +[0-9a-f]{64}/)
})

it.each([
  ['who did it', "UPDATE events SET actor = 'bo' WHERE type = 'approval.approved'"],
  [
    'what was done',
    "UPDATE events SET data = replace(data, 'approved', 'denied') WHERE type = 'approval.approved'",
  ],
  ['that it was done', "DELETE FROM events WHERE type = 'approval.approved'"],
])('[PR7] who changes %s in the database is found out, at that event', async (_, change) => {
  await using plane = await stopped()
  const db = new Database(join(plane.folder, 'holdpoint.db'))
  const seq = db
    .prepare("SELECT pos % 17179869184 FROM events WHERE type = 'approval.approved'")
    .pluck()
    .get()
  expect(db.prepare(change).run().changes).toBe(1)
  db.close()
  const checked = await hp('verify', '--data', plane.folder, '--json')
  expect([checked.code, checked.json<Verified>().whole]).toEqual([3, false])
  const text = await hp('verify', '--data', plane.folder)
  expect(text.stderr).toContain('The log is not as it was written, from event')
  expect(text.stdout).toMatch(/no: (Event \d+ is|The log ends)/)
  expect(Number(/from event (\d+)/.exec(text.stderr)?.[1])).toBeGreaterThanOrEqual(Number(seq))
})
