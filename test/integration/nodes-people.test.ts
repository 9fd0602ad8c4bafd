import { HOUR } from '@holdpoint/shared'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { anaOnCall } from '../harness/ana-on-call.ts'
import { type Cluster, clusterOn, type Node } from '../harness/nodes.ts'
import { freshKey, shown, startAgent } from '../harness/raw-agent.ts'
import { receiver } from '../harness/receiver.ts'
import { type RedisProcess, startRedis } from '../harness/redis-server.ts'
import { until } from '../harness/until.ts'

const PASSWORD = 'seven wet umbrellas'
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

let redis: RedisProcess
let cluster: Cluster
let one: Node
let two: Node
beforeAll(async () => {
  redis = await startRedis()
  cluster = await clusterOn(redis)
  const notify = { secrets: { hook: SECRET }, allowedAddresses: ['127.0.0.1'] }
  one = await cluster.node({ notify })
  two = await cluster.node({ notify })
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

/** A tenant of its own, with approvers. */
async function office(tenant: string, ...people: readonly string[]) {
  const root = await one.operatorSocket({ subject: 'root', tenant })
  for (const id of people) await root.must('person.add', { key: freshKey(), id, role: 'approver' })
  return root
}

/** What a page of that node does: its cookie goes along. */
async function post(node: Node, path: string, body: object, cookie?: string) {
  const response = await fetch(`${node.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: node.url, ...(cookie && { cookie }) },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    cookie: response.headers.get('set-cookie')?.split(';')[0],
    body: (await response.json()) as Record<string, unknown>,
  }
}

it('[AP5] [PR3] two persons on two nodes release it once; a disabled one’s signature falls on both', async () => {
  const tenant = 'quorum'
  const root = await office(tenant, 'ana', 'bo', 'cy')
  const policy = {
    version: 'two-1',
    catalogue: { send_email: { level: 'required', class: 'external_api', approvals: 2 } },
  }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'two people' })
  const agent = await startAgent(await two.agentSocket({ subject: 'clerk', tenant }))
  const as = (node: Node, subject: string) => node.operatorSocket({ subject, role: 'approver', tenant })
  const [ana, bo, cy] = [await as(one, 'ana'), await as(two, 'bo'), await as(two, 'cy')]
  const { approval } = await agent.ask('send_email', { to: 'x' }, { blocking: false })
  const release = () => ({ key: freshKey(), ...shown(approval) })
  await ana.must('approval.approve', release())
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await bo.must('approval.approve', release())).toMatchObject({
    approval: { status: 'pending', signatures: [{ by: 'bo' }] },
  })
  expect(await cy.must('approval.approve', release())).toMatchObject({ approval: { status: 'approved' } })

  // at once, from both nodes: each counts, and it is released once
  const { approval: next } = await agent.ask('send_email', { to: 'y' }, { blocking: false })
  const dan = await (async () => {
    await root.must('person.add', { key: freshKey(), id: 'dan', role: 'approver' })
    return as(one, 'dan')
  })()
  const answers = await Promise.all(
    [bo, dan].map((who) => who.must('approval.approve', { key: freshKey(), ...shown(next) })),
  )
  expect(answers.map((answer) => answer.approval.status).toSorted()).toEqual(['approved', 'pending'])
  const { events } = await root.must('history.list', { type: 'approval.approved' })
  expect(events).toHaveLength(2)
})

it('[AP13] a standing grant given on one node releases as often as it says on the other, and no oftener', async () => {
  const tenant = 'standing'
  const root = await office(tenant, 'ana')
  const ana = await one.operatorSocket({ subject: 'ana', role: 'approver', tenant })
  const agent = await startAgent(await two.agentSocket({ subject: 'greeter', tenant }))
  const grant = { key: freshKey(), agent: 'greeter', action: 'send_email', count: 2, reason: 'r' }
  await ana.must('standing.issue', grant)
  const ask = (n: number) => agent.ask('send_email', { n }, { blocking: false })
  const answers = await Promise.all([0, 1, 2, 3].map(ask))
  expect(answers.filter(({ verdict }) => verdict === 'go')).toHaveLength(2)
  expect((await root.must('standing.list', { agent: 'greeter' })).standing).toEqual([])

  // who gave it is disabled on the one node: from then on it releases nothing on the other
  await ana.must('standing.issue', { ...grant, key: freshKey() })
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await ask(5)).toMatchObject({ verdict: 'wait' })
})

it('[ID1] [ID3] a session is of all nodes: refreshed on either, and ended on one, over on the other', async () => {
  const tenant = 'sessions'
  const root = await office(tenant, 'ana')
  const { link } = await root.must('person.link', { key: freshKey(), id: 'ana' })
  const entered = await post(one, '/v1/sign-in/link', { link })
  const socket = await one.connect('/operator', { token: entered.body.token, protocol: 1 })
  const fresh = await post(two, '/v1/session/refresh', {}, entered.cookie)
  expect(fresh).toMatchObject({ status: 200 })
  const there = await two.connect('/operator', { token: fresh.body.token, protocol: 1 })
  // the first cookie, a moment later on the other node: the same successor
  expect(await post(one, '/v1/session/refresh', {}, entered.cookie)).toMatchObject({ cookie: fresh.cookie })
  await root.must('session.end', { key: freshKey(), person: 'ana' })
  await Promise.all([socket.ended, there.ended])
  for (const node of [one, two])
    expect(await post(node, '/v1/session/refresh', {}, fresh.cookie)).toMatchObject({ status: 401 })
})

it('[ID1] wrong passwords are counted over all nodes', async () => {
  const tenant = 'guesses'
  const root = await office(tenant, 'ana')
  await root.must('person.password', { key: freshKey(), id: 'ana', password: PASSWORD })
  const enter = (node: Node, password: string) =>
    post(node, '/v1/sign-in/password', { tenant, person: 'ana', password })
  expect(await enter(two, PASSWORD)).toMatchObject({ status: 200 })
  await Promise.all([0, 1, 2, 3, 4].map((n) => enter(n % 2 ? one : two, `wrong words, number ${n}`)))
  for (const node of [one, two]) expect(await enter(node, PASSWORD)).toMatchObject({ status: 401 })
  expect((await root.must('history.list', { type: 'password.locked' })).events).toHaveLength(1)
})

it('[ES2] a page is said once, whichever node says it, and acknowledged on the other', async () => {
  await using phone = await receiver()
  const tenant = 'paging'
  const root = await office(tenant, 'ana')
  const policy = {
    version: 'v2',
    channels: { hook: { kind: 'webhook', url: phone.url, secret: 'hook' } },
    escalationPolicies: {
      on_call: { steps: [{ notify: [{ channel: 'hook' }], acknowledgeWithinMs: '5m' }], repeats: 1 },
    },
  }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'A drill.' })
  const agent = await startAgent(await two.agentSocket({ subject: 'deployer', tenant }))
  const { ticket } = await agent.send('escalation.raise', { reason: 'critical_decision', context: {} })
  await until('the page', () => phone.received.length > 0)
  const ana = await one.operatorSocket({ subject: 'ana', role: 'approver', tenant })
  await ana.must('ticket.acknowledge', { key: freshKey(), id: ticket.id })
  await until('that it was acknowledged', () => phone.received.length > 1)
  const said = phone.received.map(({ body }) => JSON.parse(body).type)
  expect(said).toEqual(['ticket.paged', 'ticket.acknowledged'])
})

it('[ES2] who takes over on call on one node is on call on the other, and gives it back there', async () => {
  const tenant = 'on-call'
  const root = await office(tenant, 'ana', 'bo')
  const policy = {
    channels: { hook: { kind: 'webhook', url: 'http://127.0.0.1:9/', secret: 'hook' } },
    schedules: anaOnCall(),
  }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'A drill.' })
  const bo = await two.operatorSocket({ subject: 'bo', role: 'operator', tenant })
  const onCall = async (person: string) =>
    until(`${person} is on call`, async () => {
      const { schedules } = await bo.must('oncall.get', {})
      return schedules[0]?.shifts[0]?.person === person
    })
  const now = Date.now()
  const span = { from: new Date(now).toISOString(), until: new Date(now + HOUR).toISOString() }
  const takeOver = { schedule: 'primary', person: 'bo', ...span }
  const { override } = await root.must('oncall.override', { key: freshKey(), ...takeOver })
  await onCall('bo')
  await bo.must('oncall.cancel', { key: freshKey(), id: override.id })
  await onCall('ana')
  // and everything else goes on
  await startAgent(await two.agentSocket({ subject: 'worker', tenant }))
})

it('[AP14] what others have open on another node counts, a moment later', async () => {
  const tenant = 'small'
  const root = await office(tenant)
  const policy = { version: 'v2', caps: { tenantOpenItems: 4 } }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'A small tenant.' })
  const flood = await startAgent(await one.agentSocket({ subject: 'flood', tenant }))
  for (let n = 0; n < 4; n++) await flood.ask('send_email', { n }, { blocking: false })
  const worker = await startAgent(await two.agentSocket({ subject: 'flood', tenant }), { agent: 'flood/2' })
  let asked = 0
  await until('the quota is known to be full', async () => {
    asked += 1
    const { error } = await worker.socket.request('action.request', {
      key: freshKey(),
      epoch: worker.epoch,
      action: 'send_email',
      args: { asked },
    })
    return error?.code === 'rate_limited'
  })
  const calm = await startAgent(await two.agentSocket({ subject: 'calm', tenant }))
  expect(await calm.ask('send_email', { n: 0 })).toMatchObject({ verdict: 'wait' })
})

it('[AP8] [AG8] what was denied to a worker on one node is not asked for again by another one on the other', async () => {
  const tenant = 'family'
  const root = await office(tenant)
  const first = await startAgent(await one.agentSocket({ subject: 'crew', tenant }), { agent: 'crew/1' })
  const second = await startAgent(await two.agentSocket({ subject: 'crew', tenant }), { agent: 'crew/2' })
  const { approval } = await first.ask('send_email', { to: 'x' }, { blocking: false })
  await root.must('approval.deny', { key: freshKey(), ...shown(approval), reason: 'Not to them.' })
  // as of a moment ago: the other node has yet to hear of it
  const refused = await until('the other node refuses it', async () => {
    const asked = await second.ask('send_email', { to: 'x' }, { blocking: false })
    if (asked.verdict === 'refused') return asked
    await second.socket.must('approval.cancel', { key: freshKey(), id: asked.action.id, reason: 'again' })
    return undefined
  })
  expect(refused).toMatchObject({ code: 'denied_before', reason: 'Not to them.' })
})

/** Somebody whom node two remembers as an approver, and what they are about to release there. */
async function remembered(tenant: string) {
  const root = await office(tenant, 'ana', 'bo')
  await root.must('person.change', { key: freshKey(), id: 'ana', logins: ['ana', 'ana-2'] })
  const agent = await startAgent(await two.agentSocket({ subject: 'clerk', tenant }))
  const socket = await two.operatorSocket({ subject: 'ana-2', role: 'approver', tenant })
  const { approval: first } = await agent.ask('send_email', { to: 'x' }, { blocking: false })
  const { approval } = await agent.ask('send_email', { to: 'y' }, { blocking: false })
  await socket.must('approval.approve', { key: freshKey(), ...shown(first) })
  return {
    root,
    socket,
    approval,
    /** The refusal's code, or that the connection ended first. */
    release: async () => {
      const asked = socket.request('approval.approve', { key: freshKey(), ...shown(approval) })
      return asked.then(
        ({ ok, error }) => (ok ? 'released' : error?.code),
        () => 'ended',
      )
    },
    status: async () => (await root.must('approval.get', { id: approval.id })).approval.status,
  }
}

it('[ID2] a role that was taken away on one node counts no more on another that remembers it', async () => {
  const { root, release, status } = await remembered('demoted')
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'viewer' })
  expect(await release()).toBe('forbidden')
  expect(await status()).toBe('pending')
  // nor is a refusal told that no longer holds
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'approver' })
  expect(await release()).toBe('released')
})

it('[ID2] who is disabled on one node commits nothing on another that remembers them', async () => {
  const { root, release, status } = await remembered('disabled')
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  expect(await release()).toMatch(/^(unauthenticated|ended)$/)
  expect(await status()).toBe('pending')
})

it('[ID2] a login that was moved on one node speaks for nobody it was of on another', async () => {
  const { root, release, status } = await remembered('moved')
  await root.must('person.change', { key: freshKey(), id: 'ana', logins: ['ana'] })
  expect(await release()).toMatch(/^(unauthenticated|ended)$/)
  expect(await status()).toBe('pending')
})

it('[ID2] who lost their role is not told on another node that remembers them what there is not', async () => {
  const { root, socket, approval } = await remembered('told-nothing')
  await root.must('person.change', { key: freshKey(), id: 'ana', role: 'viewer' })
  const id = approval.id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'))
  const { error } = await socket.request('approval.approve', { key: freshKey(), ...shown(approval), id })
  expect(error?.code).toBe('forbidden')
})

/** The same by a session of theirs, made on the other node. */
async function signedIn(tenant: string) {
  const root = await office(tenant, 'ana')
  await root.must('person.password', { key: freshKey(), id: 'ana', password: PASSWORD })
  const entered = await post(one, '/v1/sign-in/password', { tenant, person: 'ana', password: PASSWORD })
  expect(entered).toMatchObject({ status: 200 })
  const socket = await two.connect('/operator', { token: entered.body.token, protocol: 1 })
  const agent = await startAgent(await two.agentSocket({ subject: 'clerk', tenant }))
  const { approval: first } = await agent.ask('send_email', { to: 'x' }, { blocking: false })
  const { approval } = await agent.ask('send_email', { to: 'y' }, { blocking: false })
  await socket.must('approval.approve', { key: freshKey(), ...shown(first) })
  return {
    root,
    release: () =>
      socket.request('approval.approve', { key: freshKey(), ...shown(approval) }).then(
        ({ ok, error }) => (ok ? 'released' : error?.code),
        () => 'ended',
      ),
    status: async () => (await root.must('approval.get', { id: approval.id })).approval.status,
  }
}

it.each([
  ['was ended', 'ended', 'session.end', { person: 'ana' }],
  ['fell with its password', 'password', 'person.password', { id: 'ana', password: 'eight dry umbrellas' }],
] as const)(
  '[ID1] [ID2] a session that %s on one node releases nothing on another that remembers it',
  async (_, tenant, name, body) => {
    const { root, release, status } = await signedIn(`session-${tenant}`)
    await root.must(name, { key: freshKey(), ...body } as never)
    expect(await release()).toMatch(/^(unauthenticated|ended)$/)
    expect(await status()).toBe('pending')
  },
)

it('[AP5] [ID2] by two logins, on two nodes that remember both, one person signs once', async () => {
  const tenant = 'one-twice'
  const root = await office(tenant, 'ana', 'bo')
  const policy = {
    version: 'two-1',
    catalogue: { send_email: { level: 'required', class: 'external_api', approvals: 2 } },
  }
  await root.must('policy.activate', { key: freshKey(), policy, reason: 'two people' })
  const agent = await startAgent(await two.agentSocket({ subject: 'clerk', tenant }))
  const here = await one.operatorSocket({ subject: 'ana', role: 'approver', tenant })
  const there = await two.operatorSocket({ subject: 'dee', role: 'approver', tenant })
  const inject = { target: { agent: 'clerk' }, text: 'x' }
  // nobody has dee on record, and both nodes have met who they are
  for (const socket of [here, there]) await socket.must('agent.inject', { key: freshKey(), ...inject })
  const { approval } = await agent.ask('send_email', { to: 'x' }, { blocking: false })
  await here.must('approval.approve', { key: freshKey(), ...shown(approval) })
  await root.must('person.change', { key: freshKey(), id: 'ana', logins: ['ana', 'dee'] })
  const { error } = await there.request('approval.approve', { key: freshKey(), ...shown(approval) })
  expect(error).toMatchObject({ code: 'conflict', message: expect.stringMatching(/signed/) })
  expect((await root.must('approval.get', { id: approval.id })).approval.status).toBe('pending')
})

it('[ID2] somebody of whom there was no record is who they are on record from then on', async () => {
  const tenant = 'unknown-before'
  const root = await one.operatorSocket({ subject: 'root', tenant })
  const agent = await startAgent(await two.agentSocket({ subject: 'clerk', tenant }))
  const dee = await two.operatorSocket({ subject: 'dee', role: 'admin', tenant })
  const inject = () => dee.request('agent.inject', { key: freshKey(), target: { agent: 'clerk' }, text: 'x' })
  for (let n = 0; n < 2; n++) expect(await inject()).toMatchObject({ ok: true })
  await root.must('person.add', { key: freshKey(), id: 'dee', role: 'viewer' })
  expect(await inject()).toMatchObject({ ok: false, error: { code: 'forbidden' } })
  await agent.socket.close()
})
