import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  issueToken,
  openEmbeddedStore,
  openKeys,
  openRedisStore,
  startControlPlane,
  systemClock,
} from '@holdpoint/server'
import { HOUR, newId, type Role } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { chainBreak } from '../chaos/read-chain.ts'
import { authenticator } from '../harness/factor.ts'
import { manualClock } from '../harness/manual-clock.ts'
import { shown } from '../harness/raw-agent.ts'
import { openRawSocket, type RawSocket } from '../harness/raw-socket.ts'
import { testRedis } from '../harness/redis-server.ts'
import { look } from '../older-data/look.ts'
import { type OlderData, olderData, putFiles, putInto, readOlderData } from '../older-data/packed.ts'

type Undo = () => PromiseLike<unknown>
type Labels = Readonly<Record<string, string>>

/** No key that the data remembers. */
const freshKey = newId

/** What an older version left behind, under today's server, at the moment at which that died. */
interface Upgraded extends AsyncDisposable {
  readonly store: Awaited<ReturnType<typeof openStoreOf>>
  as(role: Role, subject: string, labels?: Labels): Promise<RawSocket>
  agentWith(token: string): Promise<RawSocket>
}

async function openStoreOf(left: OlderData, folder: string, undo: Undo[]) {
  const clock = manualClock(left.at)
  if (!left.redis) return { clock, store: await openEmbeddedStore({ folder, clock }) }
  const redis = await testRedis()
  undo.unshift(() => redis[Symbol.asyncDispose]())
  const prefix = `test-${newId()}:`
  await putInto(redis, prefix, left)
  undo.unshift(() => redis.clear(prefix))
  return {
    clock,
    store: await openRedisStore({
      url: redis.url,
      prefix,
      clock: systemClock,
      manualTime: clock,
      upgrade: true,
    }),
  }
}

async function upgraded(name: string): Promise<Upgraded & { readonly left: OlderData }> {
  const left = readOlderData(name)
  const folder = mkdtempSync(join(tmpdir(), 'older-data-'))
  const undo: Undo[] = [async () => rmSync(folder, { recursive: true })]
  putFiles(folder, left)
  const opened = await openStoreOf(left, folder, undo)
  const controlPlane = await startControlPlane(
    { dataFolder: folder, host: '127.0.0.1', port: 0, origins: [], logLevel: 'silent', nodeName: 'new' },
    opened,
  )
  undo.unshift(() => controlPlane.close())
  const keys = await openKeys(folder)
  const connect = async (namespace: '/agent' | '/operator', token: string): Promise<RawSocket> => {
    const socket = await openRawSocket(controlPlane.address, namespace, { token, protocol: 1 })
    undo.unshift(async () => socket.close())
    return socket
  }
  return {
    left,
    store: opened,
    async as(role, subject, labels) {
      const { clock } = opened
      const token = await issueToken(keys, { tenant: 'default', subject, role, ttlMs: HOUR, labels, clock })
      if (!token.ok) throw new Error(token.error.message)
      return connect(role === 'agent' ? '/agent' : '/operator', token.value)
    },
    agentWith: (token) => connect('/agent', token),
    async [Symbol.asyncDispose]() {
      for (const step of undo) await step()
    },
  }
}

const start = async (socket: RawSocket) =>
  socket.request('run.start', { key: freshKey(), instance: `instance-${freshKey()}` })

describe.each(olderData())('what an older version left behind (%s)', (name) => {
  it('[PR1] is all there: what it told consoles, what it acknowledged last, and each hash of its log', async () => {
    await using now = await upgraded(name)
    const { seen, acknowledged } = now.left
    const admin = await now.as('admin', 'root')
    const { approvals, log, ...rest } = await look(admin)
    expect(rest).toEqual({
      agents: seen.agents,
      tickets: seen.tickets,
      orders: seen.orders,
      people: seen.people,
      policy: seen.policy,
    })
    const since = new Set(acknowledged)
    expect(approvals.filter(({ id }) => !since.has(id))).toEqual(seen.approvals)
    expect(approvals.filter(({ id }) => since.has(id))).toHaveLength(acknowledged.length)
    expect(log.slice(-seen.log.length)).toEqual(seen.log)
    expect(await chainBreak(now.store.store)).toBeUndefined()
  })

  it('[AG3, ST1] bars whom it barred, and holds whom it held', async () => {
    await using now = await upgraded(name)
    await expect(now.agentWith(now.left.revoked)).rejects.toThrow('revoked')
    await expect(now.as('approver', 'bo')).rejects.toThrow('disabled')
    const stopped = await start(await now.as('agent', 'stopped', { team: 'ops' }))
    expect(stopped.error?.code).toBe('agent_locked')
    const barred = await start(await now.as('agent', 'another', { team: 'barred' }))
    expect(barred.error?.code).toBe('under_order')
    const caught = await start(await now.as('agent', 'another-caught', { team: 'caught' }))
    expect(caught.agent.state).toBe('paused')
  })

  it('[AP9] goes on: what was released is begun, what waits is released by whom it asks for alone', async () => {
    await using now = await upgraded(name)
    const { ids, busy, otpauth } = now.left
    const agent = await now.as('agent', 'busy', { team: 'docs' })
    const { instance, epoch, run } = busy
    await agent.must('run.resume', { agent: 'busy', run, epoch, instance, after: 0 })
    const ana = await now.as('approver', 'ana')
    const cy = await now.as('admin', 'cy')
    const viewOf = async (id: string) => (await cy.must('approval.get', { id })).approval
    const approve = async (by: RawSocket, id: string, more: object = {}) =>
      by.request('approval.approve', { key: freshKey(), ...shown(await viewOf(id)), ...more })

    const { digest } = await viewOf(ids.unused)
    await agent.must('action.begin', { key: freshKey(), epoch, instance, id: ids.unused, digest })
    expect((await approve(ana, ids.payment)).error?.code).toBe('second_factor_required')
    const factor = { totp: authenticator(otpauth).code(now.left.at) }
    expect((await approve(ana, ids.payment, { factor })).approval.status).toBe('approved')
    expect((await approve(ana, ids.half)).error?.code).toBe('conflict')
    expect((await approve(cy, ids.half)).approval.status).toBe('approved')
    const mailTo = (to: string) =>
      agent.must('action.request', { key: freshKey(), epoch, action: 'send_email', args: { to } })
    expect((await mailTo('the usual')).verdict).toBe('go')
    expect((await mailTo('denied')).code).toBe('denied_before')
    const went = await cy.must('agent.resume', { key: freshKey(), target: { agent: 'paused' } })
    expect(went.results).toMatchObject([{ agent: 'paused', ok: true }])
    expect(await chainBreak(now.store.store)).toBeUndefined()
  })
})
