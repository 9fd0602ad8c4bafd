import { builtInPolicy, checkPolicy, DAY, HOUR } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { budgetsOf } from './budgets.ts'
import { levelIn } from './family.ts'
import { code, T0, value, World } from './testing/world.ts'

/** An agent that may write two files and call four APIs by itself in a day. */
const worker = (more: object = {}): World => {
  const limits = { apiCalls: 4, files: 2 }
  const checked = checkPolicy({
    version: 'test',
    catalogue: { call: { level: 'none', class: 'read', consumes: { apiCalls: 1 } } },
    autonomy: { supervised: { alone: ['read', 'write'], needsApproval: [], limits } },
    ...more,
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  const world = new World()
  world.policy = checked.value.policy
  world.start()
  return world
}
const budgetsIn = ({ agent, policy, at, family }: World) =>
  budgetsOf(agent, policy, at, levelIn({ doc: agent, facts: { policy, family } }))
const used = (world: World) => {
  const { apiCalls, files } = budgetsIn(world)
  return { apiCalls: apiCalls.used, files: files.used }
}
const write = (world: World, n: number) => value(world.request('write_file', { n }))
/** Two files written, and a third one asked for. */
const spent = (more?: object): World => {
  const world = worker(more)
  for (const n of [1, 2, 3]) write(world, n)
  return world
}

describe('budgets', () => {
  it('[PO4] what is asked for is reserved; a spent budget asks for required, and says so', () => {
    const world = worker()
    expect(write(world, 1)).toMatchObject({ verdict: 'go' })
    expect(write(world, 2)).toMatchObject({ verdict: 'go' })
    expect(write(world, 3)).toMatchObject({
      verdict: 'wait',
      level: 'required',
      rules: ['budget:files:spent'],
    })
    expect(value(world.request('call', {}))).toMatchObject({ verdict: 'go' })
    expect(used(world)).toEqual({ apiCalls: 1, files: 3 })
  })

  it('[PO4] a spent budget weakens nothing that asks for more', () => {
    const world = spent()
    expect(value(world.request('delete_data', {}))).toMatchObject({
      level: 'admin_only',
      rules: ['catalogue:delete_data'],
    })
  })

  it.each<[string, (world: World) => unknown]>([
    ['a denial', (world) => world.deny(world.item())],
    [
      'expiry',
      (world) => {
        world.at += DAY
        world.do({ type: 'approval.expire', id: world.item().id })
      },
    ],
    ['the end of its run', (world) => world.complete()],
    [
      'a release that nobody began in time',
      (world) => {
        world.approve(world.item())
        world.at += HOUR
        world.do({ type: 'approval.lapse', id: world.item().id })
      },
    ],
    [
      'a release that was revoked',
      (world) => {
        world.approve(world.item())
        world.person({
          type: 'override.revoke',
          id: world.item().id,
          reason: 'r',
          by: { id: 'a', role: 'admin' },
        })
      },
    ],
  ])('[PO4] %s gives back what never ran', (_, end) => {
    const world = spent()
    // two that ran, one that waits
    expect(used(world).files).toBe(3)
    end(world)
    expect(used(world).files).toBe(2)
  })

  it('[PO4] what was reserved in a window that is over gives nothing back of what was used since', () => {
    const world = worker({ budgets: { windowMs: HOUR } })
    // it waits for a day
    world.request('send_email', {})
    world.at += 2 * HOUR
    for (const n of [1, 2, 3, 4]) world.request('call', { n })
    expect(budgetsIn(world).apiCalls).toEqual({ limit: 4, used: 4 })
    world.deny(world.item(0))
    expect(budgetsIn(world).apiCalls).toEqual({ limit: 4, used: 4 })
    expect(value(world.request('call', { n: 5 }))).toMatchObject({ verdict: 'wait' })
  })

  it('[PO4] what ran is used, however it ended', () => {
    const world = worker()
    write(world, 1)
    world.report(world.item().id, 'failure', 0)
    expect(used(world).files).toBe(1)
  })

  it('[PO4] releasing what a spent budget held back grants one more allotment', () => {
    const world = spent()
    world.approve(world.item())
    expect(budgetsIn(world).files).toEqual({ limit: 4, used: 3 })
    expect(code(world.begin(world.item()))).toBe('ok')
    expect(write(world, 4)).toMatchObject({ verdict: 'go' })
    expect(write(world, 5)).toMatchObject({ verdict: 'wait', rules: ['budget:files:spent'] })
  })

  it('[PO4] many that waited over one empty budget grant one more together, not one each', () => {
    const world = spent()
    for (const n of [4, 5, 6]) write(world, n)
    const files = () => budgetsIn(world).files
    const waiting = world.agent.approvals.filter(({ status }) => status === 'pending')
    expect([waiting.length, files()]).toEqual([4, { limit: 2, used: 6 }])
    const limits = waiting.map((item) => {
      expect(code(world.approve(item))).toBe('ok')
      return files().limit
    })
    // the third and the fourth file fit the second allotment, the next two the third
    expect(limits).toEqual([4, 4, 6, 6])
    expect(write(world, 7)).toMatchObject({ verdict: 'wait' })
  })

  it('[PO4] releasing anything else grants none', () => {
    const world = worker()
    world.request('send_email', {})
    world.approve(world.item())
    expect(budgetsIn(world).apiCalls).toEqual({ limit: 4, used: 1 })
  })

  it('[PO4] what was reserved in time is not held back by what came after it', () => {
    const world = worker({
      catalogue: { write_file: { level: 'review', class: 'write', consumes: { files: 1 } } },
    })
    write(world, 1)
    world.approve(world.item(), 'operator')
    const first = world.item()
    for (const n of [2, 3]) write(world, n)
    expect(world.item()).toMatchObject({ level: 'required', rules: ['budget:files:spent'] })
    expect(code(world.begin(first))).toBe('ok')
  })

  it('[PO4] the window rolls: a day after they were used, they are there again, and not before', () => {
    const world = spent()
    world.deny(world.item())
    world.at = T0 + DAY - 1
    expect(write(world, 4)).toMatchObject({ verdict: 'wait' })
    world.deny(world.item())
    world.at = T0 + DAY + HOUR
    expect(used(world).files).toBe(0)
    expect(write(world, 5)).toMatchObject({ verdict: 'go' })
  })

  it('[PO4] it rolls by parts: what was used later is there again later', () => {
    const world = worker()
    write(world, 1)
    world.at += 12 * HOUR
    write(world, 2)
    world.at += 13 * HOUR
    expect(used(world).files).toBe(1)
  })

  it('[AG8] no new run and no new epoch washes them off', () => {
    const world = spent()
    world.complete()
    world.start('process-2')
    expect(used(world).files).toBe(2)
    expect(write(world, 4)).toMatchObject({ verdict: 'wait' })
  })

  it('[AU] [PO4] the limits are those of the level in effect, at once', () => {
    const world = worker()
    write(world, 1)
    world.policy = { ...world.policy, autonomy: builtInPolicy.autonomy }
    expect(budgetsIn(world).files).toEqual({ limit: 5, used: 1 })
  })

  it('[PO3] rules see what is left', () => {
    const world = worker({
      rules: [{ name: 'last-file', when: 'budgets.files.left <= 1', level: 'admin_only' }],
    })
    expect(write(world, 1)).toMatchObject({ verdict: 'go' })
    expect(write(world, 2)).toMatchObject({ verdict: 'wait', rules: ['rule:last-file'] })
  })

  it('[PO1] what is asked for while paused takes its share on resume', () => {
    const world = worker()
    world.intervene('agent.pause')
    write(world, 1)
    expect(used(world).files).toBe(0)
    world.intervene('agent.resume')
    expect(used(world).files).toBe(1)
  })

  it('[PO4] a document holds a bounded number of parts, and forgets nothing by it', () => {
    const world = worker({ autonomy: { supervised: { limits: { apiCalls: 1_000 } } } })
    const { policy } = world
    for (let n = 0; n < 200; n++) {
      // a window of another length has parts of its own
      world.policy = { ...policy, budgets: { windowMs: n % 2 === 0 ? DAY : DAY + n } }
      world.at += 60_000
      world.request('call', { n })
      world.report(world.item().id, 'unknown')
    }
    expect(world.agent.budgets.length).toBeLessThanOrEqual(48)
    expect(used(world).apiCalls).toBe(200)
  })
})
