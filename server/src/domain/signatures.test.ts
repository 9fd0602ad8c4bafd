import { builtInPolicy, type PersonRole, SECOND } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import type { Person } from './commands.ts'
import { code, digest, World } from './testing/world.ts'

const { catalogue } = builtInPolicy
const ana = { id: 'ana', role: 'approver' } as const
const bo = { id: 'bo', role: 'approver' } as const
const cy = { id: 'cy', role: 'admin' } as const

/** A mail that two people must release, and two denials end. */
function world(demand: object = { approvals: 2, denials: 2 }) {
  const w = new World()
  w.policy = {
    ...builtInPolicy,
    catalogue: { ...catalogue, send_email: { level: 'required', class: 'external_api', ...demand } },
  }
  w.start()
  w.request('send_email', { to: 'x' })
  return w
}
const shown = (w: World) => {
  const { id, revision, digest } = w.item()
  return { id, revision, digest }
}
const signers = (w: World) => (w.item().signatures ?? []).map(({ person }) => person)

describe('AP5: several persons', () => {
  it('[AP5] it is released by the last of N distinct persons, and shows before that who has signed', () => {
    const w = world()
    expect(code(w.approve(w.item(), ana))).toBe('ok')
    expect([w.item().status, w.state, signers(w)]).toEqual(['pending', 'awaiting_input', ['ana']])
    expect(w.records.get(w.item().id)).toMatchObject({
      needs: { approvals: 2, denials: 2 },
      signatures: [{ by: 'ana' }],
    })
    expect(code(w.begin(w.item()))).toBe('not_released')
    expect(code(w.approve(w.item(), bo))).toBe('ok')
    expect([w.item().status, w.state, signers(w)]).toEqual(['approved', 'running', ['ana', 'bo']])
    expect(code(w.begin(w.item()))).toBe('ok')
    expect(w.types().filter((type) => /signed|approved$/.test(type))).toEqual([
      'approval.signed',
      'approval.approved',
    ])
  })

  it('[AP3] [AP4] an edit that lands on a level with less time waits no longer than that', () => {
    const w = world()
    w.policy = { ...w.policy, rules: [{ name: 'all', when: 'args.to == "all"', level: 'required_2fa' }] }
    const { id, expiresAt = 0 } = w.item()
    const bytes = digest('send_email', { to: 'all' })
    const factor = { purpose: { kind: 'release', approval: id, digest: bytes }, at: w.at } as const
    expect(code(w.approve(w.item(), { ...ana, factor }, { to: 'all' }))).toBe('ok')
    expect(w.item()).toMatchObject({ status: 'pending', level: 'required_2fa', revision: 2 })
    const soon = w.at + 300 * SECOND
    expect(soon).toBeLessThan(expiresAt)
    expect([w.item().expiresAt, w.deadlines.get(`expire:${id}`)]).toEqual([soon, soon])
  })

  it('[AP5] [PO6] a policy that asks for more by now says so on what waits, and no longer once it is taken back', () => {
    const w = world({})
    const one = w.policy
    w.policy = { ...world({ approvals: 2, denials: 2 }).policy, version: 'stricter' }
    expect(code(w.approve(w.item(), ana))).toBe('ok')
    expect(w.records.get(w.item().id)).toMatchObject({
      status: 'pending',
      needs: { approvals: 2, denials: 1, policy: 'stricter' },
      signatures: [{ by: 'ana' }],
    })
    w.policy = one
    expect(code(w.approve(w.item(), bo))).toBe('ok')
    expect(w.item().status).toBe('approved')
  })

  it('[AP5] [PO6] who has signed releases it once that is enough by today’s policy, and waits for nobody else', () => {
    const w = world({})
    const one = w.policy
    w.policy = { ...world({ approvals: 2 }).policy, version: 'stricter' }
    w.approve(w.item(), ana)
    expect(code(w.approve(w.item(), ana))).toBe('conflict')
    const forbidding = {
      ...one,
      version: 'none',
      rules: [{ name: 'none', when: 'true', forbid: true as const }],
    }
    w.policy = forbidding
    expect(code(w.approve(w.item(), ana))).toBe('not_permitted')
    w.policy = one
    w.people = { signers: { ana: { void: true } } }
    expect(code(w.approve(w.item(), bo))).toBe('ok')
    expect(signers(w)).toEqual(['bo'])

    const v = world({})
    v.policy = { ...world({ approvals: 2 }).policy, version: 'stricter' }
    v.approve(v.item(), ana)
    v.policy = one
    expect(code(v.approve(v.item(), ana))).toBe('ok')
    expect([v.item().status, signers(v)]).toEqual(['approved', ['ana']])
    expect(code(v.begin(v.item()))).toBe('ok')
  })

  it('[AP5] nobody counts twice, whatever their role', () => {
    const w = world()
    w.approve(w.item(), ana)
    expect(code(w.approve(w.item(), { id: 'ana', role: 'admin' }))).toBe('conflict')
    expect(w.item().status).toBe('pending')
  })

  it('[AP5] it takes M denials; who denies takes their release back, and the other way round', () => {
    const w = world()
    w.approve(w.item(), ana)
    expect(code(w.deny(w.item(), 'no', ana))).toBe('ok')
    expect([w.item().status, signers(w)]).toEqual(['pending', []])
    expect(code(w.deny(w.item(), 'again', ana))).toBe('ok')
    expect(w.item().objections).toHaveLength(1)
    w.approve(w.item(), ana)
    expect([w.item().objections, signers(w)]).toEqual([[], ['ana']])
    const { id } = w.item()
    w.deny(w.item(), 'no', bo)
    w.deny(w.item(), 'nor I', cy)
    expect(w.records.get(id)).toMatchObject({ status: 'denied', decidedBy: 'cy', reason: 'nor I' })
    expect(w.agent.denialsInRow).toBe(1)
  })

  it.each<[string, { role?: PersonRole; void: boolean }]>([
    ['lost the role', { role: 'operator', void: false }],
    ['was disabled', { role: 'approver', void: true }],
  ])('[AP5] who %s after signing has not signed when the last one does', (_, standing) => {
    const w = world()
    w.approve(w.item(), ana)
    w.people = { signers: { ana: standing } }
    expect(code(w.approve(w.item(), bo))).toBe('ok')
    expect([w.item().status, signers(w)]).toEqual(['pending', ['bo']])
    expect(code(w.approve(w.item(), cy))).toBe('ok')
    expect([w.item().status, signers(w)]).toEqual(['approved', ['bo', 'cy']])
  })

  it('[AP5] who was registered with their login only after they had signed does not sign once more', () => {
    const w = world()
    w.approve(w.item(), { id: 'sso:1', role: 'approver' })
    w.people = { signers: { 'sso:1': { role: 'approver', void: false, is: 'ana' } } }
    expect(code(w.approve(w.item(), ana))).toBe('conflict')
    expect(w.item().status).toBe('pending')
    // nor do two earlier ones count that have turned out to be hers
    const three = world({ approvals: 3 })
    for (const id of ['sso:1', 'sso:2']) three.approve(three.item(), { id, role: 'approver' })
    three.people = {
      signers: Object.fromEntries(
        ['sso:1', 'sso:2'].map((id) => [id, { role: 'approver', void: false, is: 'ana' }]),
      ),
    }
    three.approve(three.item(), bo)
    expect([three.item().status, signers(three)]).toEqual(['pending', ['sso:1', 'bo']])
    const denied = world()
    denied.deny(denied.item(), 'no', { id: 'sso:1', role: 'operator' })
    denied.people = w.people
    denied.deny(denied.item(), 'no', ana)
    expect(denied.item()).toMatchObject({ status: 'pending', objections: [{ person: 'ana' }] })
  })

  it('[AP5] one login does not sign twice, were it first one person’s and then another’s', () => {
    const w = world()
    const credential = { id: 'sso:1', jti: 'j', issuedAt: 0 }
    w.approve(w.item(), { ...ana, credential })
    expect(code(w.approve(w.item(), { ...bo, credential: { ...credential, jti: 'k' } }))).toBe('conflict')
    expect(code(w.approve(w.item(), { ...bo, credential: { ...credential, id: 'bo' } }))).toBe('ok')
    expect(w.item().status).toBe('approved')
  })

  it('[AP5] [AP6] who made the link that somebody had signed in with does not sign beside them', () => {
    const byLink = { ...ana, admittedBy: 'cy' }
    const after = world()
    after.approve(after.item(), byLink)
    expect(code(after.approve(after.item(), cy))).toBe('conflict')
    expect(code(after.approve(after.item(), bo))).toBe('ok')
    const before = world()
    before.approve(before.item(), cy)
    expect(code(before.approve(before.item(), byLink))).toBe('conflict')
    expect(code(before.approve(before.item(), ana))).toBe('ok')
    const owned = world({ approvals: 1 })
    owned.people = { owner: 'olga', othersRole: 'approver', signers: {} }
    expect(code(owned.approve(owned.item(), { ...ana, admittedBy: 'olga' }))).toBe('forbidden')
    expect(code(owned.approve(owned.item(), byLink))).toBe('ok')
  })

  it('[AP5] a record that says more than the token did then lifts nobody', () => {
    const w = world({ approvals: 2, level: 'admin_only' })
    expect(code(w.approve(w.item(), ana))).toBe('forbidden')
    w.approve(w.item(), cy)
    w.people = { signers: { cy: { role: 'admin', void: false } } }
    expect(code(w.approve(w.item(), { id: 'di', role: 'admin' }))).toBe('ok')
    expect(w.item()).toMatchObject({ status: 'approved' })
  })

  it('[AP5] what a disabled person signed falls, and what they sign later does not', () => {
    const w = world()
    w.approve(w.item(), ana)
    w.do({ type: 'signatures.void', person: 'ana', upTo: w.at - 1 })
    expect(signers(w)).toEqual(['ana'])
    w.do({ type: 'signatures.void', person: 'ana', upTo: w.at })
    expect(signers(w)).toEqual([])
    expect(w.types().at(-1)).toBe('approval.unsigned')
    const before = w.doc
    w.do({ type: 'signatures.void', person: 'ana', upTo: w.at })
    expect(w.doc).toBe(before)
  })

  it('[AP4] [AP5] an edit makes earlier signatures fall, and is its editor’s own', () => {
    const w = world()
    w.approve(w.item(), ana)
    const shown = w.item()
    expect(code(w.approve(shown, bo, { to: 'y' }))).toBe('ok')
    expect([w.item().status, w.item().revision, signers(w)]).toEqual(['pending', 2, ['bo']])
    expect(code(w.approve(shown, cy))).toBe('conflict')
    // asked again, it is still the same one (AP7)
    w.request('send_email', { to: 'x' })
    expect(w.agent.approvals).toHaveLength(1)
    expect(code(w.approve(w.item(), ana))).toBe('ok')
    expect([w.item().status, signers(w)]).toEqual(['approved', ['bo', 'ana']])
  })

  it('[AP5] [PO6] today’s policy may ask for more than the one it was asked under, before and after', () => {
    const stricter = world({ approvals: 1 })
    const two = world().policy
    stricter.policy = two
    stricter.approve(stricter.item(), ana)
    expect(stricter.item().status).toBe('pending')
    const after = world({ approvals: 1 })
    after.approve(after.item(), ana)
    expect(after.item().status).toBe('approved')
    after.policy = two
    expect(code(after.begin(after.item()))).toBe('not_permitted')
  })

  it.each<[string, { role?: PersonRole; void: boolean }]>([
    ['lost the role', { role: 'operator', void: false }],
    ['was disabled', { role: 'approver', void: true }],
  ])('[AP9] [PO6] not begun where one who released it %s since', (_, standing) => {
    const w = world()
    w.approve(w.item(), ana)
    w.approve(w.item(), bo)
    w.people = { signers: { ana: standing } }
    expect(code(w.begin(w.item()))).toBe('not_permitted')
    w.people = { signers: { ana: { role: 'approver', void: false } } }
    expect(code(w.begin(w.item()))).toBe('ok')
    const granted = world()
    granted.person({
      type: 'override.grant',
      body: { key: 'k', ...shown(granted), reason: 'alone' },
      by: cy,
    })
    granted.people = { signers: { cy: standing } }
    expect(code(granted.begin(granted.item()))).toBe('not_permitted')
  })

  it('[AP5] [PO6] it takes as few denials as today’s policy or the one it was asked under asks for', () => {
    const fewer = world()
    fewer.policy = world({ approvals: 2, denials: 1 }).policy
    fewer.deny(fewer.item())
    expect(fewer.agent.approvals).toEqual([])
    const more = world({ approvals: 2, denials: 1 })
    more.policy = world().policy
    more.deny(more.item())
    expect(more.agent.approvals).toEqual([])
  })

  it('[AP5] [IN1] granting waives the others, also at the begin', () => {
    const w = world()
    w.person({ type: 'override.grant', body: { key: 'k', ...shown(w), reason: 'alone' }, by: cy })
    expect([w.item().status, signers(w)]).toEqual(['approved', ['cy']])
    expect(code(w.begin(w.item()))).toBe('ok')
  })

  it('[AP5] [SF1] [AP6] who has signed releases it alone only with a factor of now, and not in place of the owner whom they let in', () => {
    const w = world({ approvals: 1, level: 'required_2fa' })
    const one = w.policy
    const { id, digest } = w.item()
    const withFactor = (person: Person): Person => ({
      ...person,
      factor: { purpose: { kind: 'release', approval: id, digest }, at: w.at },
    })
    w.policy = { ...world({ approvals: 2, level: 'required_2fa' }).policy, version: 'stricter' }
    expect(code(w.approve(w.item(), withFactor(ana)))).toBe('ok')
    w.policy = one
    expect(code(w.approve(w.item(), ana))).toBe('second_factor_required')
    w.people = { owner: 'olga', othersRole: 'approver', signers: {} }
    expect(code(w.approve(w.item(), withFactor({ ...ana, admittedBy: 'olga' })))).toBe('forbidden')
    expect(w.item().status).toBe('pending')
    expect(code(w.approve(w.item(), withFactor(ana)))).toBe('ok')
    expect([w.item().status, signers(w)]).toEqual(['approved', ['ana']])
  })

  it('[AP5] [SF1] each of them needs a factor of their own', () => {
    const w = world({ approvals: 2, level: 'required_2fa' })
    const { id, digest } = w.item()
    const withFactor = (person: Person): Person => ({
      ...person,
      factor: { purpose: { kind: 'release', approval: id, digest }, at: w.at },
    })
    expect(code(w.approve(w.item(), ana))).toBe('second_factor_required')
    w.approve(w.item(), withFactor(ana))
    // no code is asked for, and so spent, that could not help
    expect(code(w.approve(w.item(), ana))).toBe('conflict')
    w.people = { owner: 'bo', othersRole: 'approver', signers: {} }
    expect(code(w.approve(w.item(), bo))).toBe('forbidden')
    w.people = undefined
    expect(code(w.approve(w.item(), bo))).toBe('second_factor_required')
    const other = { kind: 'release', approval: id, digest: 'sha256:other' } as const
    expect(code(w.approve(w.item(), { ...bo, factor: { purpose: other, at: w.at } }))).toBe(
      'second_factor_required',
    )
    w.at += SECOND
    expect(code(w.approve(w.item(), withFactor(bo)))).toBe('ok')
    expect(w.item()).toMatchObject({ status: 'approved', factor: true })
    expect(w.records.get(id)).toMatchObject({ signatures: [{ factor: 'totp' }, { factor: 'totp' }] })
  })
})

describe('AP6: separation of duties', () => {
  const olga = { id: 'olga', role: 'admin' } as const
  const others = (othersRole: PersonRole | undefined) => ({ owner: 'olga', othersRole, signers: {} })

  it('[AP6] the owner may not release it where somebody else is registered who could; anybody else may', () => {
    const w = world({ approvals: 1 })
    w.people = others('approver')
    expect(code(w.approve(w.item(), olga))).toBe('forbidden')
    expect(code(w.deny(w.item(), 'mine', olga))).toBe('ok')
    const other = world({ approvals: 1 })
    other.people = others('approver')
    expect(code(other.approve(other.item(), ana))).toBe('ok')
  })

  it('[AP6] it does not apply where nobody else could, where policy says not, and to an admin’s grant', () => {
    for (const role of [undefined, 'operator'] as const) {
      const w = world({ approvals: 1 })
      w.people = others(role)
      expect(code(w.approve(w.item(), olga)), `${role}`).toBe('ok')
    }
    const off = world({ approvals: 1, separationOfDuties: false })
    off.people = others('admin')
    expect(code(off.approve(off.item(), olga))).toBe('ok')
    const granted = world()
    granted.people = others('admin')
    const body = { key: 'k', ...shown(granted), reason: 'alone' }
    expect(code(granted.person({ type: 'override.grant', body, by: olga }))).toBe('ok')
  })

  it('[AP6] [AP9] [PO6] what the owner released is not begun once policy says that they may not', () => {
    const w = world({ approvals: 1, separationOfDuties: false })
    w.people = others('approver')
    w.approve(w.item(), olga)
    w.policy = world({ approvals: 1, separationOfDuties: true }).policy
    expect(code(w.begin(w.item()))).toBe('not_permitted')
    const granted = world({ approvals: 1 })
    granted.people = others('admin')
    const body = { key: 'k', ...shown(granted), reason: 'alone' }
    granted.person({ type: 'override.grant', body, by: olga })
    expect(code(granted.begin(granted.item()))).toBe('ok')
  })

  it('[AP6] the owner does not count among several either, whenever they became known as such', () => {
    const w = world()
    w.approve(w.item(), olga)
    w.people = others('approver')
    w.approve(w.item(), ana)
    expect([w.item().status, signers(w)]).toEqual(['pending', ['ana']])
  })
})
