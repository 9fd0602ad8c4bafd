import { freshKey, type RawAgent, shown, startAgent } from '../harness/raw-agent.ts'
import { openRawSocket, type RawSocket } from '../harness/raw-socket.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { look, type Seen } from './look.ts'

const PASSWORD = 'a password of some length 42'

const policy = {
  version: 'older-1',
  catalogue: {
    look: { level: 'none', class: 'read' },
    spend: { level: 'required', class: 'external_api', approvals: 2 },
  },
}

/** What an older version left behind, as it said itself before it died. */
export interface Filled {
  readonly seen: Seen
  /** The last facts, in the order in which they were acknowledged; nobody has looked since. */
  readonly acknowledged: readonly string[]
  /** A token that was revoked. */
  readonly revoked: string
  readonly otpauth: string
  /** Items by what they are for. */
  readonly ids: Readonly<Record<'unused' | 'half' | 'payment' | 'paused', string>>
  /** The process of the agent that goes on. */
  readonly busy: { readonly run: string; readonly epoch: string; readonly instance: string }
}

const jtiOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

/**
 * Everything that waits, holds or bars, through a server of any version: nothing newer than the first wire is sent. The caller kills the
 * server at once, so that what was acknowledged last is as the version keeps it before it settles.
 */
export async function fill(server: ServerProcess, codeOf: (otpauth: string) => string): Promise<Filled> {
  const sockets: RawSocket[] = []
  const open = async (namespace: '/agent' | '/operator', token: string): Promise<RawSocket> => {
    const socket = await openRawSocket(server.url, namespace, { token, protocol: 1 })
    sockets.push(socket)
    return socket
  }
  const admin = await open('/operator', await server.token('admin', 'root'))
  await addPeople(admin)
  await admin.must('policy.activate', { key: freshKey(), policy, reason: 'as it was' })
  await admin.must('policy.shadow', {
    key: freshKey(),
    policy: { ...policy, version: 'candidate-1' },
    reason: 'beside it',
  })
  const ana = await open('/operator', await server.token('approver', 'ana'))
  const { otpauth } = await ana.must('factor.enroll', { key: freshKey() })
  await ana.must('factor.confirm', { key: freshKey(), factor: { totp: codeOf(otpauth) } })
  const started = async (subject: string, team: string): Promise<RawAgent> =>
    startAgent(await open('/agent', await server.token('agent', subject, { team })))

  const busy = await started('busy', 'docs')
  await workALot(busy)
  await decideSome(busy, ana)
  const unused = await busy.ask('send_email', { to: 'nobody begins it' })
  await ana.must('approval.approve', { key: freshKey(), ...shown(unused.approval) })
  const payment = await busy.ask('payment', { to: 'ACME', cents: 4200 })
  const half = await busy.ask('spend', { cents: 9000 })
  await ana.must('approval.approve', { key: freshKey(), ...shown(half.approval) })
  await busy.send('question.ask', { question: 'Which?', choices: ['a', 'b'], blocking: false })
  await busy.send('escalation.raise', {
    reason: 'critical_decision',
    context: { why: 'money' },
    blocking: false,
  })

  const paused = await started('paused', 'ops')
  const kept = await paused.ask('send_email', { to: 'while paused' })
  await admin.must('agent.pause', { key: freshKey(), target: { agent: 'paused' }, reason: 'a look' })
  await admin.must('agent.inject', { key: freshKey(), target: { agent: 'paused' }, text: 'Then go on.' })
  await started('stopped', 'ops')
  await admin.must('agent.stop', { key: freshKey(), target: { agent: 'stopped' }, reason: 'enough' })
  await started('caught', 'caught')
  await admin.must('agent.pause', {
    key: freshKey(),
    target: { labels: 'team=caught' },
    reason: 'all of them',
  })
  await admin.must('agent.stop', {
    key: freshKey(),
    target: { labels: 'team=barred' },
    reason: 'none of them',
  })
  await admin.must('standing.issue', {
    key: freshKey(),
    agent: 'busy',
    action: 'send_email',
    when: 'args.to == "the usual"',
    count: 5,
    reason: 'known',
  })
  await admin.must('trust.cap', { key: freshKey(), agent: 'busy', level: 'standard', reason: 'for now' })
  const revoked = await server.token('agent', 'thief')
  await admin.must('token.revoke', { key: freshKey(), jti: jtiOf(revoked), reason: 'printed in a log' })

  const seen = await look(admin)
  const last = await Promise.all(Array.from({ length: 12 }, (_, n) => busy.ask('look', { last: n })))
  await server.kill()
  for (const socket of sockets) socket.close()
  return {
    seen,
    acknowledged: last.map(({ action }) => action.id),
    revoked,
    otpauth,
    ids: {
      unused: unused.approval.id,
      half: half.approval.id,
      payment: payment.approval.id,
      paused: kept.approval.id,
    },
    busy: { run: busy.started.run.id, epoch: busy.epoch, instance: busy.instance },
  }
}

async function addPeople(admin: RawSocket): Promise<void> {
  await admin.must('person.add', { key: freshKey(), id: 'ana', role: 'approver', teams: ['payments'] })
  await admin.must('person.add', { key: freshKey(), id: 'cy', role: 'admin' })
  await admin.must('person.add', { key: freshKey(), id: 'bo', role: 'approver', logins: ['sso:4711'] })
  await admin.must('person.disable', { key: freshKey(), id: 'bo', reason: 'has left' })
  await admin.must('person.password', { key: freshKey(), id: 'ana', password: PASSWORD })
}

async function workALot(agent: RawAgent): Promise<void> {
  for (let n = 0; n < 40; n++) {
    const { action } = await agent.ask('look', { n })
    await agent.report(action.id, n % 10 === 3 ? 'failure' : 'success')
  }
}

/** One of each way in which a person ends what waits. */
async function decideSome(agent: RawAgent, ana: RawSocket): Promise<void> {
  const ask = async (to: string) => (await agent.ask('send_email', { to })).approval
  const decide = async (name: string, approval: Parameters<typeof shown>[0], more: object = {}) =>
    ana.must(name, { key: freshKey(), ...shown(approval), ...more })
  await decide('approval.deny', await ask('denied'), { reason: 'not to them' })
  await decide('approval.respond', await ask('answered'), { message: 'call them instead' })
  const edited = await decide('approval.approve', await ask('edited'), { args: { to: 'another' } })
  await agent.begin(edited.approval)
  await agent.report(edited.approval.id)
  const { id } = await ask('withdrawn')
  await agent.socket.must('approval.cancel', { key: freshKey(), id, reason: 'no longer' })
}
