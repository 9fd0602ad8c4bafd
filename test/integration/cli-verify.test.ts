import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
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
type Verified = {
  whole: boolean
  partitions: { first: number; last: number; broken?: { seq: number; reason: string } }[]
}

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

describe('an archive', () => {
  /** The log of a server that ran in segments of one event each, from one of them on. */
  async function archived(from = 1) {
    const plane = await stopped()
    const folder = join(plane.folder, 'archive')
    let last = 0
    await plane.withStore(async (store) => {
      const events = await store.readFeed('default/0', from - 1, 500)
      mkdirSync(join(folder, 'default%2F0'), { recursive: true })
      for (const event of events) {
        const seq = String(event.seq).padStart(15, '0')
        writeFileSync(
          join(folder, 'default%2F0', `${seq}-${seq}.jsonl.gz`),
          gzipSync(`${JSON.stringify(event)}\n`),
        )
      }
      last = events.at(-1)?.seq ?? 0
    })
    const segments = () => readdirSync(join(folder, 'default%2F0')).toSorted()
    return { folder, last, segments, path: (name: string) => join(folder, 'default%2F0', name), plane }
  }
  const check = async (folder: string) => {
    const { code, json } = await hp('verify', '--archive', folder, '--json')
    return { code, ...json<Verified>() }
  }

  it('[PR7] [ST11] is whole from its first event to its last, wherever it begins', async () => {
    const whole = await archived()
    await using _ = whole.plane
    expect(await check(whole.folder)).toMatchObject({
      code: 0,
      whole: true,
      partitions: [{ first: 1, last: whole.last }],
    })
    const late = await archived(2)
    await using __ = late.plane
    expect(await check(late.folder)).toMatchObject({ code: 0, whole: true, partitions: [{ first: 2 }] })
  })

  it('[PR7] a segment that is missing, cut or changed is found out, at its event', async () => {
    const { folder, segments, path, plane } = await archived()
    await using _ = plane
    const [, second = ''] = segments()
    const bytes = readFileSync(path(second))
    const text = String(gunzipSync(bytes))
    const { seq } = JSON.parse(text.split('\n')[0] ?? '')
    writeFileSync(path(second), bytes.subarray(0, 40))
    expect(await check(folder)).toMatchObject({ code: 3, partitions: [{ broken: { seq } }] })
    writeFileSync(
      path(second),
      gzipSync(text.replace('"seq"', '"by":"eve","seq"').replace(/"at":\d/, '"at":9')),
    )
    expect(await check(folder)).toMatchObject({ code: 3, partitions: [{ broken: { seq } }] })
    for (const [from, to] of [
      ['{', '{"note":"eve agreed",'],
      ['{', '{"type":"approval.denied",'],
      ['"tenant":"default"', '"tenant":"other"'],
    ] as const) {
      writeFileSync(path(second), gzipSync(text.replace(from, to)))
      expect(await check(folder)).toMatchObject({ code: 3, partitions: [{ broken: { seq } }] })
    }
    rmSync(path(second))
    expect(await check(folder)).toMatchObject({ code: 3, whole: false })
  })

  it('[PR7] events that were cut off at its very beginning or end are missed by the names of the segments', async () => {
    const { folder, last, segments, path, plane } = await archived()
    await using _ = plane
    const named = (from: number, to: number) =>
      path(`${[from, to].map((seq) => String(seq).padStart(15, '0')).join('-')}.jsonl.gz`)
    const broken = async () => {
      const { code, partitions } = await check(folder)
      return { code, seq: partitions[0]?.broken?.seq, reason: partitions[0]?.broken?.reason }
    }
    renameSync(path(segments().at(-1) ?? ''), named(last, last + 1))
    expect(await broken()).toEqual({
      code: 3,
      seq: last + 1,
      reason: expect.stringContaining(`ends with event ${last}, and is named for all up to ${last + 1}`),
    })
    renameSync(named(last, last + 1), named(last, last))
    expect(await broken()).toMatchObject({ code: 0 })
    rmSync(named(1, 1))
    renameSync(named(2, 2), named(1, 2))
    expect(await broken()).toEqual({ code: 3, seq: 1, reason: expect.stringContaining('lacks event 1') })
  })

  it('says where there is none', async () => {
    await using plane = await controlPlane()
    expect(await hp('verify', '--archive', plane.folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no archive'),
    })
    expect((await hp('verify', '--archive', 'a', '--export', 'b')).code).toBe(2)
  })
})
