import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
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

it('[PR7] leaves what it looks at as it is: a copy has the very events that were copied, also after it', async () => {
  await using plane = await stopped()
  const copy = join(plane.folder, 'copy')
  mkdirSync(copy)
  copyFileSync(join(plane.folder, 'holdpoint.db'), join(copy, 'holdpoint.db'))
  const lastOf = async (path: string) =>
    (await hp('verify', '--data', path, '--json')).json<Verified>().partitions
  const original = await lastOf(plane.folder)
  for (const path of [copy, join(copy, 'holdpoint.db'), copy]) expect(await lastOf(path)).toEqual(original)
  expect(readdirSync(copy)).toEqual(['holdpoint.db'])
})

it('says where there is no log, and makes none; and what to do while a server runs', async () => {
  await using plane = await controlPlane()
  const nowhere = join(plane.folder, 'nowhere')
  expect(await hp('verify', '--data', nowhere)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('There is no embedded store at'),
  })
  expect(existsSync(nowhere)).toBe(false)
  expect(await hp('verify', '--data', plane.folder)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('"holdpoint export", then "verify --export"'),
  })
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
