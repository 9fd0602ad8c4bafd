import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commandLine } from '../harness/command-line.ts'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-backup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const backUp = (plane: Harness, to: string, ...args: readonly string[]) =>
  commandLine({ url: plane.url })('backup', '--data', plane.folder, '--to', to, ...args)

describe('holdpoint backup', () => {
  it('[PR1] [PR7] copies a store beside agents at work; the copy is whole, and a server goes on with it', async () => {
    await using plane = await controlPlane()
    const ana = await plane.operatorSocket({ subject: 'ana', role: 'admin' })
    const mailer = await startAgent(await plane.agentSocket({ subject: 'mailer' }))
    const released = (await mailer.ask('send_email', { to: 'bo' })).approval
    await ana.must('approval.approve', { key: freshKey(), ...shown(released) })
    const waiting = (await mailer.ask('send_email', { to: 'cy' })).approval
    const readers = await Promise.all(
      ['r1', 'r2', 'r3'].map(async (subject) => startAgent(await plane.agentSocket({ subject }))),
    )
    let isWorking = true
    let steps = 0
    const work = readers.map(async (agent) => {
      while (isWorking) {
        const { action } = await agent.ask('read_file', { step: ++steps, text: 'x'.repeat(8_000) })
        await agent.report(action.id)
      }
    })
    while (steps < 150) await new Promise((resolve) => setTimeout(resolve, 5))
    const stepsBefore = steps
    const file = join(folder, 'copy.db')
    const made = await backUp(plane, file, '--json')
    expect([made.code, made.json()]).toEqual([0, expect.objectContaining({ file, serverRuns: true })])
    expect(steps, 'they went on').toBeGreaterThan(stepsBefore)
    isWorking = false
    await Promise.all(work)
    expect(readdirSync(plane.folder).filter((name) => name.startsWith('backup-'))).toEqual([])

    const data = join(folder, 'data')
    mkdirSync(data)
    cpSync(file, join(data, 'holdpoint.db'))
    for (const key of ['keys.json', 'sealing.json']) cpSync(join(plane.folder, key), join(data, key))
    const checked = await commandLine({})('verify', '--data', data, '--json')
    expect([checked.code, checked.json()]).toMatchObject([0, { whole: true }])
    await using again = await controlPlane({ folder: data })
    expect(again.store.epoch).toBeGreaterThan(plane.store.epoch)
    const bo = await again.operatorSocket({ subject: 'bo', role: 'approver' })
    const standing = async (id: string) => (await bo.must('approval.get', { id })).approval
    expect(await standing(released.id)).toMatchObject({ status: 'approved', decidedBy: 'ana' })
    expect(await standing(waiting.id)).toMatchObject({ status: 'pending', digest: waiting.digest })
    const { events } = await bo.must('history.list', { type: 'store.history_lost' })
    expect(events.length).toBeGreaterThan(0)
  })

  it('copies the store of a stopped server as well, and says what there is none of', async () => {
    await using plane = await controlPlane()
    await plane.stop()
    const made = await backUp(plane, join(folder, 'copy.db'), '--json')
    expect([made.code, made.json()]).toMatchObject([0, { serverRuns: false }])
    const nowhere = await commandLine({})(
      'backup',
      '--data',
      join(folder, 'no'),
      '--to',
      join(folder, 'no.db'),
    )
    expect([nowhere.code, nowhere.stderr]).toEqual([
      3,
      expect.stringContaining('There is no embedded store in'),
    ])
    expect(readdirSync(folder)).toEqual(['copy.db'])
  })

  it('says of the folder of a node over Redis where its store is, and what to do, as verify does', async () => {
    const node = join(folder, 'node')
    mkdirSync(node)
    writeFileSync(join(node, 'redis-heads-node-1.json'), '{}')
    const hp = commandLine({})
    const copied = await hp('backup', '--data', node, '--to', join(folder, 'no.db'))
    expect([copied.code, copied.stderr]).toEqual([
      3,
      expect.stringMatching(/over Redis.*: back up its files/),
    ])
    const verified = await hp('verify', '--data', node)
    expect([verified.code, verified.stderr]).toEqual([
      3,
      expect.stringMatching(/over Redis.*"holdpoint export"/),
    ])
    expect(readdirSync(node)).toEqual(['redis-heads-node-1.json'])
  })

  it('writes over nothing, and says where the server is not', async () => {
    await using plane = await controlPlane()
    const file = join(folder, 'precious.db')
    writeFileSync(file, 'precious')
    expect(await backUp(plane, file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already'),
    })
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(await backUp(plane, join(folder, 'no/such/copy.db'))).toMatchObject({ code: 2 })
    const elsewhere = commandLine({ url: 'http://127.0.0.1:9' })
    const lost = await elsewhere('backup', '--data', plane.folder, '--to', join(folder, 'copy.db'))
    expect([lost.code, lost.stderr]).toEqual([5, expect.stringContaining('name its address with --url')])
    expect(readdirSync(folder)).toEqual(['precious.db'])
  })

  it('[ID1] is for who can read the keys: no token asks for one', async () => {
    await using plane = await controlPlane()
    for (const bearer of [
      '',
      await plane.token({ subject: 'ana', role: 'admin' }),
      'eyJhbGciOiJub25lIn0.e30.',
    ]) {
      const headers = { authorization: `Bearer ${bearer}` }
      const answer = await fetch(`${plane.url}/v1/backup`, { method: 'POST', headers })
      expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'unauthenticated' }])
    }
    expect(readdirSync(plane.folder).filter((name) => name.startsWith('backup-'))).toEqual([])
  })

  it('[ID5] believes nobody else who listens there: no file but one in the folder is ever taken', async () => {
    await using plane = await controlPlane()
    const prey = join(folder, 'prey')
    writeFileSync(prey, 'prey')
    const stranger = createServer((_, response) => {
      response.end(`${JSON.stringify({ file: `../../../../${prey}` })}\n`)
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
      const asked = await commandLine({ url })(
        'backup',
        '--data',
        plane.folder,
        '--to',
        join(folder, 'copy.db'),
      )
      expect([asked.code, asked.stderr]).toEqual([
        4,
        expect.stringContaining('is not the control plane of this'),
      ])
      expect([existsSync(prey), existsSync(join(folder, 'copy.db'))]).toEqual([true, false])
    } finally {
      stranger.close()
    }
  })
})
