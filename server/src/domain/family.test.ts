import { type AutonomyLevel, builtInPolicy, HOUR } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import type { Autonomy } from './agent-document.ts'
import { code, digest, value, World } from './testing/world.ts'

const fresh: Autonomy = {
  trust: 0.5,
  level: 'supervised',
  reached: 'supervised',
  successes: 0,
  failures: 0,
  escalations: 0,
  failuresInRow: 0,
}
const restricted: Autonomy = { ...fresh, trust: 0.2, level: 'restricted', reached: 'restricted' }

/** A child at some level of its own, below ancestors. */
function child(level: AutonomyLevel, ...ancestors: readonly Autonomy[]) {
  const w = new World()
  w.start()
  const { fromTrust: trust } = builtInPolicy.autonomy[level]
  w.doc = { ...w.agent, autonomy: { ...w.agent.autonomy, trust, level, reached: level } }
  w.family = { ancestors, denials: [] }
  return w
}
/** The level that a request was judged by, as it says. */
const judgedAt = (w: World): AutonomyLevel => {
  w.request('send_email', { to: 'x' })
  return w.item().autonomy
}

describe('AG8: an agent does not get rid of what was decided about it by running as its own child', () => {
  it('[AG8] [AU2] below an ancestor that has fallen a child is held to that level, however fresh it is', () => {
    expect(judgedAt(child('supervised', fresh))).toBe('supervised')
    expect(judgedAt(child('supervised', restricted))).toBe('restricted')
    expect(judgedAt(child('standard', fresh, restricted))).toBe('restricted')
    // what writes alone as supervised's parent may not, asks
    const w = child('standard', restricted)
    expect(value(w.request('write_file', { path: 'x' })).verdict).toBe('wait')
    expect(value(child('standard', fresh).request('write_file', { path: 'x' })).verdict).toBe('go')
  })

  it('[AG8] [IN1] what an admin has pinned or capped holds its children too, unless they are pinned themselves', () => {
    expect(judgedAt(child('trusted', { ...fresh, cap: 'supervised' }))).toBe('supervised')
    expect(judgedAt(child('trusted', { ...fresh, level: 'restricted', pinned: 'restricted' }))).toBe(
      'restricted',
    )
    const pinned = child('trusted', restricted)
    pinned.doc = { ...pinned.agent, autonomy: { ...pinned.agent.autonomy, pinned: 'trusted' } }
    expect(judgedAt(pinned)).toBe('trusted')
  })

  it('[AG8] a child earns trust of its own: an ancestor that has merely not earned as much does not hold it', () =>
    expect(judgedAt(child('standard', fresh))).toBe('standard'))

  it('[PO4] budgets go by the level in effect', () => {
    const w = child('standard', restricted)
    w.policy = { ...builtInPolicy, catalogue: { ...builtInPolicy.catalogue, look: LOOK } }
    for (let n = 0; n < 10; n++) value(w.request('look', { n }))
    expect(value(w.request('look', { n: 10 })).verdict).toBe('wait')
    expect(w.item().reserved?.spent).toEqual(['apiCalls'])
  })

  it('[PO4] and so does what releasing a spent one adds: not by what its own level would leave it', () => {
    const w = child('standard', restricted)
    const { catalogue, autonomy } = builtInPolicy
    const alone = { ...autonomy, restricted: { ...autonomy.restricted, needsApproval: [] } }
    w.policy = { ...builtInPolicy, catalogue: { ...catalogue, look: LOOK }, autonomy: alone }
    const look = (n: number) => value(w.request('look', { n })).verdict
    for (let n = 0; n < 10; n++) expect(look(n)).toBe('go')
    expect(look(10)).toBe('wait')
    w.approve(w.item())
    for (let n = 11; n < 20; n++) expect(look(n)).toBe('go')
    expect(look(20)).toBe('wait')
  })

  it('[AP8] [AG8] what a person denied one of them, another one does not ask for again', () => {
    const w = child('supervised', fresh)
    const denial = {
      digest: digest('send_email', { to: 'x' }) as `sha256:${string}`,
      reason: 'Not to them.',
      until: w.at + HOUR,
    }
    w.family = { ancestors: [fresh], denials: [denial] }
    expect(value(w.request('send_email', { to: 'x' }))).toMatchObject({
      verdict: 'refused',
      code: 'denied_before',
      reason: 'Not to them.',
    })
    expect(value(w.request('send_email', { to: 'y' })).verdict).toBe('wait')
    w.at += HOUR
    expect(code(w.request('send_email', { to: 'x' }))).toBe('ok')
    expect(w.item().status).toBe('pending')
  })
})

const LOOK = { level: 'none', class: 'read', consumes: { apiCalls: 1 } } as const
