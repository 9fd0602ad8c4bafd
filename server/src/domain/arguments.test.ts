import { checkPolicy } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { code, value, World } from './testing/world.ts'

const under = (document: object): World => {
  const checked = checkPolicy({ version: 'test', ...document })
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  const world = new World()
  world.policy = checked.value.policy
  world.start()
  return world
}
const adopt = (world: World, document: object): void => {
  const checked = checkPolicy({ version: 'next', ...document })
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  world.policy = checked.value.policy
}
const mails = {
  catalogue: {
    send_email: {
      args: { type: 'object', required: ['to'], properties: { to: { type: 'string' } } },
    },
  },
  rules: [
    { name: 'outside', when: '!args.to.endsWith("@example.org")', level: 'admin_only' },
    {
      name: 'press',
      when: 'args.to.startsWith("press@")',
      forbid: true,
      reason: 'The press office writes those.',
    },
  ],
}

describe('a policy that looks at arguments', () => {
  it('[PO3] [PO6] decides by them when they are asked for, and the answer names the rule', () => {
    const world = under(mails)
    expect(value(world.request('send_email', { to: 'a@example.org' }))).toMatchObject({ level: 'required' })
    expect(value(world.request('send_email', { to: 'a@example.com' }))).toMatchObject({
      level: 'admin_only',
      rules: ['rule:outside'],
      policyVersion: 'test',
    })
    expect(value(world.request('send_email', { to: 'press@example.org' }))).toMatchObject({
      verdict: 'refused',
      code: 'not_permitted',
      reason: 'The press office writes those.',
      rules: ['rule:press'],
    })
  })

  it('[AP4] refuses arguments that do not fit their schema, and nothing waits', () => {
    const world = under(mails)
    const { answer } = world.request('send_email', { to: 7 })
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'invalid', details: { path: '/args/to' } },
    })
    expect(world.agent.approvals).toEqual([])
  })

  it('[AP4] an edit is decided anew: schema and level of the revision count', () => {
    const world = under(mails)
    world.request('send_email', { to: 'a@example.org' })
    const item = world.item()
    expect(code(world.approve(item, 'approver', { to: 7 }))).toBe('invalid')
    expect(code(world.approve(item, 'approver', { to: 'a@example.com' }))).toBe('forbidden')
    expect(code(world.approve(item, 'admin', { to: 'press@example.org' }))).toBe('not_permitted')
    expect(code(world.approve(item, 'admin', { to: 'a@example.com' }))).toBe('ok')
    expect(world.item()).toMatchObject({ level: 'admin_only', rules: ['rule:outside'], revision: 2 })
  })

  it('[AP9] a release is begun only where today’s rules would still release these arguments', () => {
    const world = under({})
    world.request('send_email', { to: 'a@example.com' })
    world.approve(world.item())
    adopt(world, mails)
    expect(code(world.begin(world.item()))).toBe('not_permitted')
    const other = under({})
    other.request('send_email', { to: 'a@example.org' })
    other.approve(other.item())
    adopt(other, mails)
    expect(code(other.begin(other.item()))).toBe('ok')
  })

  it('[PO6] a release must satisfy today’s rules, over the arguments that were asked for', () => {
    const world = under({})
    world.request('send_email', { to: 'a@example.com' })
    adopt(world, mails)
    expect(code(world.approve(world.item(), 'approver'))).toBe('forbidden')
    expect(code(world.approve(world.item(), 'admin'))).toBe('ok')
  })

  it('[PO1] what was asked while paused is decided by its arguments on resume', () => {
    const world = under(mails)
    world.intervene('agent.pause')
    world.request('send_email', { to: 'a@example.com' })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({ status: 'pending', held: false, level: 'admin_only' })
  })
})

describe('a candidate in shadow', () => {
  const beside = (document: object): World => {
    const world = under({})
    const checked = checkPolicy({ version: 'candidate', ...document })
    if (!checked.ok) throw new Error(JSON.stringify(checked.error))
    world.shadow = checked.value.policy
    return world
  }

  it('[PO6] its answer stands beside the real one, and nothing else rests on it', () => {
    const strict = beside({ rules: [{ name: 'none', when: 'true', forbid: true }] })
    const plain = under({})
    for (const world of [strict, plain]) {
      world.request('read_file', {})
      world.request('send_email', { to: 'x' })
    }
    expect(strict.log.at(-1)).toMatchObject({
      type: 'approval.requested',
      data: {
        approval: {
          level: 'required',
          policyVersion: 'test',
          shadow: {
            verdict: 'forbidden',
            difference: 'stricter',
            policyVersion: 'candidate',
            rules: ['rule:none'],
          },
        },
      },
    })
    const without = (world: World) => world.agent.approvals.map(({ shadow: _, ...item }) => item)
    expect(without(strict)).toEqual(without(plain))
    expect(strict.agent.tickets).toEqual([])
    strict.approve(strict.item())
    expect(code(strict.begin(strict.item()))).toBe('ok')
  })

  it('[PO6] a weaker one releases nothing', () => {
    const world = beside({ catalogue: { send_email: { level: 'none', class: 'read' } } })
    expect(value(world.request('send_email', { to: 'x' }))).toMatchObject({ verdict: 'wait' })
    expect(world.item().shadow).toMatchObject({ verdict: 'go', difference: 'weaker' })
  })

  it('[PO6] on resume it judges anew, over the arguments', () => {
    const world = beside(mails)
    world.intervene('agent.pause')
    world.request('send_email', { to: 'a@example.com' })
    world.intervene('agent.resume')
    expect(world.item()).toMatchObject({
      level: 'required',
      shadow: { level: 'admin_only', rules: ['rule:outside'], difference: 'stricter' },
    })
  })
})
