import { describe, expect, it } from 'vitest'
import { digestOf } from '../canonical.ts'
import { newId } from '../ids.ts'
import { type AgentRequest, type AgentRequestName, agentRequests, progress } from './agent-requests.ts'
import { handshake } from './handshake.ts'
import { type OperatorRequest, type OperatorRequestName, operatorRequests } from './operator-requests.ts'

const id = newId()
const key = 'k1'
const epoch = '1.7'
const digest = digestOf('x')
const token = 'header.claims.signature'
const reason = 'because'
const profile = {
  displayName: 'Ana',
  teams: ['payments'],
  logins: ['sso:ana'],
  addresses: { email: 'ana@example.org', slack: 'U024BE7LH', pagerduty: 'PXPGF42' },
}
const target = { labels: 'team=payments,env!=prod' }

/** Each request with every field that it may carry: a new optional field belongs in here. */
const fullAgent: { [N in AgentRequestName]: Required<AgentRequest<N>> } = {
  'run.start': {
    key,
    instance: 'instance-1',
    agent: 'a/b',
    run: id,
    task: 'deploy',
    name: 'Deployer',
    framework: 'none',
    leaseMs: 15_000,
    takeover: true,
  },
  'run.resume': { agent: 'a', run: id, epoch, instance: 'instance-1', after: 0 },
  'lease.renew': { epoch, after: 3 },
  'lease.release': { epoch },
  'action.request': {
    key,
    epoch,
    action: 'send_email',
    args: { to: 'bo' },
    summary: 'tell Bo',
    confidence: 0.9,
    risk: 0,
    blocking: false,
    context: [1],
  },
  'action.begin': { key, epoch, instance: 'instance-1', id, digest, audience: 'mail' },
  'action.report': { key, epoch, id, outcome: 'failure', severity: 1, error: 'bounced' },
  'approval.get': { id },
  'approval.cancel': { key, id, reason },
  'question.ask': {
    key,
    epoch,
    question: 'Which?',
    choices: ['a', 'b'],
    schema: {
      type: 'object',
      properties: {
        size: {
          type: 'string',
          title: 'Size',
          description: 'How large',
          enum: ['S', 'M'],
          minimum: 0,
          maximum: 9,
          minLength: 1,
          maxLength: 2,
        },
      },
      required: ['size'],
    },
    timeoutMs: 60_000,
    blocking: true,
  },
  'escalation.raise': {
    key,
    epoch,
    reason: 'high_risk',
    context: {},
    confidence: 0,
    risk: 1,
    blocking: true,
  },
  'ticket.get': { id },
  'instruction.ack': { key, id, outcome: 'declined', note: 'no' },
  'control.ack': { epoch, seq: 4, state: 'paused' },
  'run.complete': { key, epoch, result: null },
  'auth.refresh': { token },
}

const decision = { key, id, revision: 1, digest }
const page = { cursor: 'c', limit: 500 }
const fullOperator: { [N in Exclude<OperatorRequestName, 'token.revoke'>]: Required<OperatorRequest<N>> } & {
  'token.revoke': OperatorRequest<'token.revoke'>
} = {
  sync: { cursor: 'c' },
  'agents.list': { state: 'stopped', noRun: false, labels: 'a=b', search: 'dep', ...page },
  'agents.watch': { ids: ['a', 'a/b'] },
  'agent.get': { id: 'a/b' },
  'approval.get': { id },
  'approval.list': { agent: 'a', status: 'pending', ...page },
  'approval.approve': { ...decision, args: { to: 'bo' }, note: 'fine', factor: { totp: '123456' } },
  'approval.deny': { ...decision, reason },
  'approval.respond': { ...decision, message: 'Ask Bo instead.' },
  seen: { ids: [id], cursor: 'c' },
  looking: { id },
  'agent.pause': { key, target, reason },
  'agent.resume': { key, target: { agent: 'a', children: true }, reason },
  'agent.stop': { key, target: { all: true }, reason },
  'agent.reinstate': { key, target, reason },
  'agent.inject': { key, target, text: 'slow down', data: { to: 5 } },
  'override.revoke': { key, id, reason },
  'override.grant': { ...decision, reason, factor: { totp: '123456' } },
  'trust.pin': { key, agent: 'a', level: 'standard', reason },
  'trust.cap': { key, agent: 'a', level: 'restricted', reason },
  'trust.reset': { key, agent: 'a', reason },
  'standing.issue': {
    key,
    agent: 'a',
    reason,
    action: 'send_email',
    when: 'args.to == "bo"',
    count: 3,
    until: '2026-01-05T09:00:00Z',
  },
  'standing.revoke': { key, agent: 'a', id, reason },
  'standing.list': { agent: 'a', cursor: 'c' },
  'trust.confirm': { key, agent: 'a', level: 'trusted', reason },
  'order.list': {},
  'order.lift': { key, id, reason },
  'ticket.get': { id },
  'ticket.list': { agent: 'a', status: 'open', ...page },
  'ticket.acknowledge': { key, id },
  'ticket.assign': { key, id, assignee: 'ana' },
  'ticket.resolve': { key, id, resolution: 'done', answer: 'yes', action: { action: 'wait', args: {} } },
  'refusal.get': { seq: 7 },
  'log.read': { after: 0, limit: 10, texts: true },
  'history.list': {
    agent: 'a',
    type: 'approval.*',
    by: 'ana',
    from: '2026-03-01T00:00:00Z',
    to: '2026-03-02T00:00:00.000Z',
    before: 7,
    ...page,
  },
  'policy.get': {},
  'people.list': { team: 'payments', cursor: 'c', limit: 10 },
  'person.get': { id: 'ana' },
  'person.me': {},
  'oncall.get': { schedule: 'primary', at: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' },
  'oncall.override': {
    key,
    schedule: 'primary',
    person: 'bo',
    from: '2026-01-01T00:00:00Z',
    until: '2026-01-02T00:00:00Z',
  },
  'oncall.cancel': { key, id },
  'channel.list': {},
  'channel.test': { key, name: 'ops-hook', person: 'bo' },
  'person.add': { key, id: 'ana', role: 'approver', ...profile },
  'person.change': { key, id: 'ana', replaces: 1, role: 'approver', ...profile },
  'person.disable': { key, id: 'ana', reason },
  'person.enable': { key, id: 'ana', reason },
  'person.link': { key, id: 'ana' },
  'person.password': { key, id: 'ana', password: 'a few words in a row' },
  'password.set': {
    key,
    password: 'a few words in a row',
    current: 'what it was so far',
    factor: { totp: '123456' },
  },
  'session.list': { person: 'ana' },
  'session.end': { key, person: 'ana', session: '0190b1c2-0000-7000-8000-000000000000' },
  'policy.activate': { key, policy: { version: 'v2' }, reason, replaces: digest },
  'policy.shadow': { key, policy: { version: 'v2' }, reason },
  'factor.enroll': { key, factor: { totp: '123456' }, recovery: 'abcde-fghjk' },
  'factor.confirm': { key, factor: { totp: '123456' } },
  'factor.remove': { key, factor: { totp: '123456' } },
  'factor.reset': { key, id: 'ana', reason },
  'token.revoke': { key, jti: 'j1', reason },
  'auth.refresh': { token },
}

interface Schema {
  safeParse(value: unknown): { success: boolean; data?: unknown }
}
const all: readonly (readonly [string, Schema, Record<string, unknown>])[] = [
  ...Object.entries(agentRequests).map(
    ([name, schema]) => [`agent ${name}`, schema, fullAgent[name as AgentRequestName]] as const,
  ),
  ...Object.entries(operatorRequests).map(
    ([name, schema]) => [`operator ${name}`, schema, fullOperator[name as OperatorRequestName]] as const,
  ),
  ['handshake', handshake, { token, protocol: 1, sdk: 'x/1' }],
  ['progress', progress, { epoch, step: 's', message: 'm', usage: { tokens: 5 } }],
]

const fits = (schema: Schema, value: unknown) => schema.safeParse(value).success

/** Every object in a value whose keys the schema names: where an unknown key must be refused. */
const FREE_FORM = ['args', 'context', 'data', 'answer', 'result', 'properties', 'usage', 'policy']
function withExtra(value: unknown, path = ''): (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const entries = Object.entries(value)
  return [
    [`${path}/extra`, { ...value, extra: 1 }],
    ...entries
      .filter(([field]) => !FREE_FORM.includes(field))
      .flatMap(([field, item]) =>
        withExtra(item, `${path}/${field}`).map(
          ([at, changed]) => [at, { ...value, [field]: changed }] as const,
        ),
      ),
  ]
}

describe('every request', () => {
  it.each(all)('[ID4] %s: what fits comes through unchanged', (_, schema, full) =>
    expect(schema.safeParse(full)).toMatchObject({ success: true, data: full }),
  )

  it.each(all)(
    '[ID4] %s: an unknown key is refused wherever it stands, never stripped',
    (_, schema, full) => {
      for (const [path, changed] of withExtra(full))
        expect([path, fits(schema, changed)]).toEqual([path, false])
      expect(fits(schema, { ...full, extra: undefined })).toBe(false)
    },
  )

  it.each(all)('[ID4] %s: no field takes another type', (_, schema, full) => {
    for (const field of Object.keys(full).filter((one) => !FREE_FORM.includes(one)))
      for (const wrong of [null, [[]], Symbol('s'), () => 0])
        expect([field, fits(schema, { ...full, [field]: wrong })]).toEqual([field, false])
  })

  it.each(all)('[ID4] %s: nothing but an object', (_, schema) => {
    for (const wrong of [undefined, null, 'text', 7, [], [{}]]) expect(fits(schema, wrong)).toBe(false)
  })
})

describe('what must be there', () => {
  const optional: Readonly<Record<string, readonly string[]>> = {
    'run.start': ['agent', 'run', 'task', 'name', 'framework', 'leaseMs', 'takeover'],
    'run.resume': ['agent'],
    'action.request': ['summary', 'confidence', 'risk', 'blocking', 'context'],
    'action.begin': ['audience'],
    'action.report': ['severity', 'error'],
    'question.ask': ['choices', 'schema', 'timeoutMs', 'blocking'],
    'escalation.raise': ['confidence', 'risk', 'blocking'],
    'instruction.ack': ['note'],
    'run.complete': ['result'],
    looking: ['id'],
    sync: ['cursor'],
    'agents.list': ['state', 'noRun', 'labels', 'search', 'cursor', 'limit'],
    'approval.list': ['agent', 'status', 'cursor', 'limit'],
    'approval.approve': ['args', 'note', 'factor'],
    'override.grant': ['factor'],
    'trust.pin': ['level'],
    'standing.issue': ['when', 'count', 'until'],
    'trust.cap': ['level'],
    'trust.confirm': ['level'],
    'agent.resume': ['reason'],
    'agent.inject': ['data'],
    'standing.list': ['agent', 'cursor'],
    'ticket.list': ['agent', 'status', 'cursor', 'limit'],
    'ticket.resolve': ['resolution', 'answer', 'action'],
    'policy.activate': ['replaces'],
    'policy.shadow': ['policy'],
    'history.list': ['agent', 'type', 'by', 'from', 'to', 'before', 'cursor', 'limit'],
    'log.read': ['limit', 'texts'],
    'oncall.get': ['schedule', 'at', 'until'],
    'channel.test': ['person'],
    'people.list': ['team', 'cursor', 'limit'],
    'person.add': ['displayName', 'teams', 'logins', 'addresses'],
    'person.change': ['replaces', 'role', 'displayName', 'teams', 'logins', 'addresses'],
    'password.set': ['current', 'factor'],
    'session.list': ['person'],
    'session.end': ['person', 'session'],
    'factor.enroll': ['factor', 'recovery'],
    handshake: ['sdk'],
    progress: ['step', 'message', 'usage'],
  }

  it.each(all)('[ID4] %s: the optional fields may be left out, the others not', (name, schema, full) => {
    const free = optional[name.replace(/^(agent|operator) /, '')] ?? []
    for (const field of Object.keys(full)) {
      const { [field]: _, ...rest } = full
      expect([field, fits(schema, rest)]).toEqual([field, free.includes(field)])
    }
  })

  it('[AP7] whatever changes something carries a key of 1 to 128 characters', () => {
    const keyed = all.filter(([, , full]) => 'key' in full)
    expect(keyed.length).toBeGreaterThan(20)
    for (const [name, schema, full] of keyed) {
      expect([name, fits(schema, { ...full, key: 'x'.repeat(128) })]).toEqual([name, true])
      for (const wrong of ['', 'x'.repeat(129), 5]) expect(fits(schema, { ...full, key: wrong })).toBe(false)
    }
  })
})

describe('single fields', () => {
  const agent = (name: AgentRequestName, change: object) =>
    fits(agentRequests[name], { ...fullAgent[name], ...change })
  const operator = (name: OperatorRequestName, change: object) =>
    fits(operatorRequests[name], { ...fullOperator[name], ...change })

  it.each([-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY, '0.5'])(
    '[ES1] confidence and risk are in [0, 1]: %s',
    (n) => {
      for (const field of ['confidence', 'risk']) expect(agent('action.request', { [field]: n })).toBe(false)
      expect(agent('action.report', { severity: n })).toBe(false)
    },
  )

  it.each(['1', '1.', '01.1', '1.01', '-1.1', '1e1.1', ' 1.1', '1.1\n', 1.1])(
    '[AG] %j is no epoch',
    (wrong) => expect(agent('lease.renew', { epoch: wrong })).toBe(false),
  )

  it.each([
    '',
    'sha256:',
    `sha256:${'g'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
    `${digest}0`,
    digest.slice(7),
  ])('[AP9] %j is no digest', (wrong) => {
    expect(agent('action.begin', { digest: wrong })).toBe(false)
    expect(operator('approval.approve', { digest: wrong })).toBe(false)
  })

  it.each([id.toUpperCase(), `${id}\n`, `{${id}}`, 'x', ''])('[ID4] %j is no id', (wrong) =>
    expect(agent('approval.get', { id: wrong })).toBe(false),
  )

  it.each([
    {},
    { agent: 'a', all: true },
    { agent: 'a b' },
    { all: false },
    { labels: '' },
    { agent: 'a', children: 'yes' },
    { children: true },
    'all',
  ])('[AG7] %j is no target', (wrong) => expect(operator('agent.stop', { target: wrong })).toBe(false))

  it('[ES5] a form has no pattern, no reference and nothing nested', () => {
    const ask = (one: object) => agent('question.ask', { schema: { type: 'object', properties: { one } } })
    expect(ask({ type: 'string' })).toBe(true)
    for (const wrong of [
      { type: 'string', pattern: '(a+)+$' },
      { $ref: '#/x' },
      { type: 'object', properties: {} },
      { type: 'array' },
      { type: ['string'] },
      {},
    ])
      expect(ask(wrong)).toBe(false)
  })

  it('[ES5] a form has at most 30 fields of plain names, and requires only those it has', () => {
    const form = (properties: object, required?: string[]) =>
      agent('question.ask', { schema: { type: 'object', properties, ...(required ? { required } : {}) } })
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, { type: 'string' }]))
    expect(form(fields(30))).toBe(true)
    expect(form(fields(31))).toBe(false)
    expect(form(fields(1), ['f0'])).toBe(true)
    expect(form(fields(1), ['f1'])).toBe(false)
    expect(form(fields(1), ['toString'])).toBe(false)
    for (const name of ['', '1a', 'a b', '_x', 'x'.repeat(65)])
      expect(form({ [name]: { type: 'string' } })).toBe(false)
  })

  it('[ID3] a revocation names either a token or a subject', () => {
    const revoke = (whom: object) => fits(operatorRequests['token.revoke'], { key, reason, ...whom })
    expect(revoke({ jti: 'j1' })).toBe(true)
    expect(revoke({ subject: 'deployer' })).toBe(true)
    expect(revoke({})).toBe(false)
    expect(revoke({ jti: 'j1', subject: 'deployer' })).toBe(false)
  })

  it('[ID2] no message of an agent says who it is, beyond which of its children', () => {
    for (const name of Object.keys(agentRequests) as AgentRequestName[])
      for (const claim of ['tenant', 'owner', 'labels', 'parent', 'role', 'subject'])
        expect(agent(name, { [claim]: 'x' })).toBe(false)
  })
})
