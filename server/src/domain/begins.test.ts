import { builtInPolicy, HOUR, MINUTE } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { asked, released, started } from './testing/stages.ts'
import { code, digest, T0, value, World } from './testing/world.ts'

describe('beginning and reporting', () => {
  it('[AP9] released → begun → reported, once each', () => {
    const world = released()
    const item = world.item()
    expect(code(world.begin(item))).toBe('ok')
    expect(code(world.begin(item))).toBe('conflict')
    expect(code(world.report(item.id, 'success'))).toBe('ok')
    expect(code(world.report(item.id, 'failure'))).toBe('already_reported')
    expect(code(world.begin(item))).toBe('already_reported')
    expect(world.agent.autonomy).toMatchObject({ successes: 1, failures: 0 })
    expect(world.deadlines.size).toBe(0)
  })
  it('[AP9] what nobody released can not begin', () => {
    const world = asked()
    expect(code(world.begin(world.item()))).toBe('not_released')
    expect(code(world.report(world.item().id, 'success'))).toBe('not_released')
  })
  it('[AP9] a release may be used for 15 minutes', () => {
    const world = released()
    const item = world.item()
    expect(item.useBy).toBe(T0 + 15 * MINUTE)
    world.at = T0 + 15 * MINUTE - 1
    expect(world.do({ type: 'approval.lapse', id: item.id }).effects).toBeUndefined()
    world.at += 1
    expect(code(world.begin(item))).toBe('expired')
    expect(world.types()).toContain('approval.lapsed')
    expect(world.records.get(item.id)).toMatchObject({
      status: 'approved',
      stages: { lapsed: { by: 'system' } },
    })
  })
  it('[AP9] [PO1] for no longer than policy’s bound either, where it was decided when its agent went on', () => {
    const world = new World()
    world.policy = { ...builtInPolicy, release: { useByMs: 2 * HOUR, maxUseByMs: HOUR } }
    world.start()
    world.intervene('agent.pause')
    world.request('read_file', {})
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ status: 'auto_approved', useBy: world.at + HOUR })
    expect(world.deadlines.get(`lapse:${world.item().id}`)).toBe(world.at + HOUR)
  })
  it.each([
    ['agent.pause', 'paused'],
    ['agent.stop', 'agent_stopped'],
  ] as const)('[AP9] not begun after %s', (type, expected) => {
    const world = released()
    const item = world.item()
    world.intervene(type)
    expect(code(world.begin(item))).toBe(expected)
  })
  it.each([
    ['pause', 'under_order'],
    ['stop', 'agent_stopped'],
  ] as const)('[AG7] not begun under a standing %s that nobody has recorded yet', (effect, expected) => {
    const world = released()
    const item = world.item()
    world.placed(effect)
    expect(code(world.begin(item))).toBe(expected)
  })
  it('[AP9] not begun where policy would no longer release it', () => {
    const world = released('api_call')
    const item = world.item()
    world.policy = {
      ...world.policy,
      catalogue: { ...world.policy.catalogue, api_call: { level: 'admin_only', class: 'external_api' } },
    }
    expect(code(world.begin(item))).toBe('not_permitted')
  })
  it('[AP9] nothing but the bytes that were released is begun', () => {
    const world = released()
    const item = world.item()
    expect(code(world.begin({ ...item, digest: digest('send_email', { to: 'eve@example.org' }) }))).toBe(
      'conflict',
    )
    expect(code(world.begin(item))).toBe('ok')
  })
  it('[AP9] another process gets unknown_outcome, and one ticket opens', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.start('process-2', { takeover: true })
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(world.agent.tickets.filter((one) => one.reason === 'unknown_outcome')).toHaveLength(1)
  })
  it('[AP9] [ES1] an agent can not hide an unknown outcome behind a full cap of its own', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    for (let n = 0; n < 20; n++) world.raise('user_request')
    world.start('process-2', { takeover: true })
    expect(code(world.begin(item))).toBe('unknown_outcome')
    expect(world.ticket()).toMatchObject({ reason: 'unknown_outcome' })
  })
  it('[AP9] the same request after a crash does not run a second time', () => {
    const world = started()
    const { action } = value(world.request('read_file', {})) as { action: { id: string } }
    world.start('process-2', { takeover: true })
    expect(code(world.do({ type: 'action.reclaim', id: action.id }))).toBe('unknown_outcome')
    expect(code(world.report(action.id, 'success'))).toBe('ok')
    expect(code(world.do({ type: 'action.reclaim', id: action.id }))).toBe('already_reported')
  })
  it('[AP9] an act that a stop interrupted can still be reported by the process that began it', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.intervene('agent.stop')
    expect(code(world.report(item.id, 'unknown'))).toBe('ok')
  })
  it('[AP9] what is never reported ends as unknown with the next run', () => {
    const world = released()
    const item = world.item()
    world.begin(item)
    world.complete()
    world.start('process-2')
    expect(world.records.get(item.id)).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'system' } },
    })
    expect(world.agent.approvals).toHaveLength(0)
  })
})
