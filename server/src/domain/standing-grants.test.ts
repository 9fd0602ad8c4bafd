import { builtInPolicy, DAY, HOUR, iso, MINUTE, type PersonRole, type Policy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import type { Approval } from './agent-document.ts'
import { started } from './testing/stages.ts'
import { code, T0, value, type World } from './testing/world.ts'

const ana = { id: 'ana', role: 'approver' } as const
const TO_US = 'args.to.endsWith("@example.org")'

const issue = (w: World, more: object = {}, by: { id: string; role: PersonRole } = ana) =>
  w.person({
    type: 'standing.issue',
    body: { key: 'k', agent: 'deployer', action: 'send_email', reason: 'r', count: 2, ...more },
    by,
  })
const ask = (w: World, to: string, action = 'send_email') => value(w.request(action, { to })).verdict

describe('AP13: standing grants', () => {
  it('[AP13] the next N go at once, released by who gave it, and are counted; the one after waits', () => {
    const w = started()
    expect(code(issue(w, { when: TO_US }))).toBe('ok')
    expect(ask(w, 'a@example.org')).toBe('go')
    expect(w.item()).toMatchObject({
      status: 'approved',
      decided: { by: 'ana' },
      standing: w.agent.standing?.[0]?.id,
      begun: { by: 'deployer' },
    })
    expect(w.agent.standing).toMatchObject([{ left: 1, used: 1 }])
    expect(ask(w, 'b@example.org')).toBe('go')
    expect(w.agent.standing).toEqual([])
    expect(ask(w, 'c@example.org')).toBe('wait')
    expect(w.types().filter((type) => type === 'standing.used')).toHaveLength(2)
  })

  it('[AP13] an action whose arguments have a schema is released in advance, and each use fits it or is refused', () => {
    const w = started()
    const args = { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] }
    const send = { ...builtInPolicy.catalogue.send_email, args }
    w.policy = { ...builtInPolicy, catalogue: { ...builtInPolicy.catalogue, send_email: send } } as Policy
    expect(code(issue(w))).toBe('ok')
    expect(ask(w, 'a@example.org')).toBe('go')
    expect(code(w.request('send_email', { nobody: true }))).toBe('invalid')
    expect(w.agent.standing).toMatchObject([{ left: 1, used: 1 }])
  })

  it('[AP13] rules about arguments are asked at each use, and what then takes an admin or a factor waits', () => {
    const w = started()
    const rules = [
      { name: 'large', when: 'args.amount > 100', factor: true as const },
      { name: 'outside', when: '!args.to.endsWith("@example.org")', role: 'admin' as const },
    ]
    w.policy = { ...builtInPolicy, rules }
    expect(code(issue(w))).toBe('ok')
    expect(value(w.request('send_email', { to: 'a@example.org', amount: 1 })).verdict).toBe('go')
    expect(value(w.request('send_email', { to: 'a@example.org', amount: 200 })).verdict).toBe('wait')
    expect(value(w.request('send_email', { to: 'a@elsewhere.org', amount: 1 })).verdict).toBe('wait')
    // nor what neither can be asked about
    expect(value(w.request('send_email', {})).verdict).toBe('wait')
    expect(w.agent.standing).toMatchObject([{ left: 1, used: 1 }])
    const root = { id: 'root', role: 'admin' } as const
    w.policy = { ...builtInPolicy, rules: [{ name: 'all', when: 'true', level: 'required', role: 'admin' }] }
    expect(code(issue(w, {}, root))).toBe('not_permitted')
  })

  it('[AP13] what its predicate does not hold of, or has no answer to, waits for a person', () => {
    const w = started()
    issue(w, { when: TO_US })
    expect(ask(w, 'eve@elsewhere.org')).toBe('wait')
    expect(value(w.request('send_email', { nobody: true })).verdict).toBe('wait')
    expect(ask(w, 'a@example.org', 'api_call')).toBe('wait')
    expect(w.agent.standing).toMatchObject([{ left: 2, used: 0 }])
  })

  it('[AP13][PO1] what was asked during a pause is released by a grant on resume, and has to be claimed', () => {
    const w = started()
    issue(w, { when: TO_US, count: 1 })
    w.person({ type: 'agent.pause', reason: 'lunch', by: ana })
    expect(ask(w, 'a@example.org')).toBe('wait')
    expect(ask(w, 'eve@elsewhere.org')).toBe('wait')
    w.people = { signers: { ana: { role: 'operator', void: false } } }
    w.person({ type: 'agent.resume', by: ana })
    // ana's role would not do any more
    expect(w.agent.approvals.map(({ status }) => status)).toEqual(['pending', 'pending'])

    const v = started()
    issue(v, { when: TO_US, count: 1 })
    v.person({ type: 'agent.pause', reason: 'lunch', by: ana })
    ask(v, 'a@example.org')
    ask(v, 'eve@elsewhere.org')
    v.person({ type: 'agent.resume', by: ana })
    const [released] = v.agent.approvals
    expect(v.agent.approvals).toMatchObject([
      { status: 'approved', decided: { by: 'ana' }, useBy: v.at + 15 * MINUTE },
      { status: 'pending' },
    ])
    expect(released?.begun).toBeUndefined()
    expect(v.agent.standing).toEqual([])
    expect(code(v.begin(released as Approval))).toBe('ok')
  })

  it('[AP13] until T is until T, to the millisecond', () => {
    const w = started()
    issue(w, { count: undefined, until: iso(w.at + HOUR) })
    w.at += HOUR - 1
    expect(ask(w, 'a')).toBe('go')
    w.at += 1
    expect(ask(w, 'b')).toBe('wait')
  })

  it('[AP13] it is checked again at each use: who gave it, their role, today’s policy', () => {
    for (const standing of [{ void: true }, { role: 'operator' as const, void: false }]) {
      const w = started()
      issue(w)
      w.people = { signers: { ana: standing } }
      expect(ask(w, 'a')).toBe('wait')
    }
    for (const demand of [
      { level: 'required_2fa' },
      { level: 'admin_only' },
      { level: 'required', approvals: 2 },
    ]) {
      const w = started()
      issue(w)
      const send_email = { ...builtInPolicy.catalogue.send_email, ...demand }
      w.policy = { ...builtInPolicy, catalogue: { ...builtInPolicy.catalogue, send_email } as never }
      expect(ask(w, 'a'), JSON.stringify(demand)).toBe('wait')
    }
    const w = started()
    issue(w)
    w.people = { owner: 'ana', othersRole: 'admin', signers: {} }
    expect(ask(w, 'a')).toBe('wait')
  })

  it('[AP13] [ID3] what has fallen of what somebody gave is not brought back by what they gave since', () => {
    const token = (jti: string) => ({ id: 'ana', jti, issuedAt: 0 })
    const given = (more: object) => {
      const w = started()
      issue(w, {}, { ...ana, credential: token('stolen') } as never)
      w.at += MINUTE
      issue(w, { when: TO_US }, { ...ana, credential: token('fresh') } as never)
      w.people = { signers: { ana: { role: 'approver', void: false, ...more } } }
      return w
    }
    for (const w of [given({ voidUpTo: T0 + 1 }), given({ revoked: ['stolen'] })]) {
      expect(ask(w, 'eve@elsewhere.org')).toBe('wait')
      expect(ask(w, 'a@example.org')).toBe('go')
    }
    expect(ask(given({ revoked: ['stolen', 'fresh'] }), 'a@example.org')).toBe('wait')
  })

  it('[AP13] never for what asks for a factor, an admin or several people; never by a lesser role or the owner', () => {
    const w = started()
    expect(code(issue(w, { action: 'payment' }, { id: 'root', role: 'admin' }))).toBe('not_permitted')
    expect(code(issue(w, { action: 'delete_data' }, { id: 'root', role: 'admin' }))).toBe('not_permitted')
    expect(code(issue(w, {}, { id: 'bo', role: 'operator' }))).toBe('forbidden')
    expect(code(issue(w, { action: 'api_call' }, { id: 'bo', role: 'operator' }))).toBe('ok')
    w.people = { owner: 'olga', othersRole: 'admin', signers: {} }
    expect(code(issue(w, {}, { id: 'olga', role: 'admin' }))).toBe('forbidden')
  })

  it('[AP13] what is not bounded, or can not be read, is refused', () => {
    const w = started()
    expect(code(issue(w, { count: undefined }))).toBe('invalid')
    for (const until of [iso(w.at), iso(w.at + 31 * DAY + 1)])
      expect(code(issue(w, { until }))).toBe('invalid')
    for (const when of ['args.to ==', 'nonsense', '1 + 1'])
      expect(code(issue(w, { when })), when).toBe('invalid')
    for (let n = 0; n < 20; n++) expect(code(issue(w))).toBe('ok')
    expect(code(issue(w))).toBe('rate_limited')
  })

  it('[AP13] revoked, nothing is left of it; and it frees no held agent', () => {
    const w = started()
    issue(w)
    const id = w.agent.standing?.[0]?.id ?? ''
    w.intervene('agent.pause')
    expect(ask(w, 'a')).toBe('wait')
    w.intervene('agent.resume')
    expect(code(w.person({ type: 'standing.revoke', id, reason: 'enough', by: ana }))).toBe('ok')
    expect(code(w.person({ type: 'standing.revoke', id, reason: 'enough', by: ana }))).toBe('not_found')
    expect(ask(w, 'b')).toBe('wait')
  })
})
