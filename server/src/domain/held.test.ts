import { HOUR } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, T0, value } from './testing/world.ts'

describe('while held', () => {
  it('[PO1] asked while paused: waits, and is decided anew on resume', () => {
    const world = started()
    world.intervene('agent.pause')
    for (const [action, args] of [
      ['read_file', { path: 'a' }],
      ['api_call', { url: 'b' }],
    ] as const)
      expect(value(world.request(action, args))).toMatchObject({ verdict: 'wait', approval: { held: true } })
    const [free, call] = world.agent.approvals
    if (!free || !call) throw new Error('both were asked')
    world.at += HOUR
    expect(code(world.approve(call, 'admin'))).toBe('paused')
    world.intervene('agent.resume')
    expect(world.agent.approvals).toMatchObject([
      { status: 'auto_approved', held: false },
      { status: 'pending', held: false, expiresAt: T0 + 2 * HOUR },
    ])
    expect(world.state).toBe('awaiting_input')
    expect(code(world.begin(free))).toBe('ok')
  })
  it('[PO1] under an order it waits, though its machine was not moved yet', () => {
    const world = started()
    world.placed('pause', 'o')
    expect(value(world.request('read_file', {}))).toMatchObject({ verdict: 'wait' })
    expect(world.state).toBe('paused')
    world.lift('o')
    expect(world.item()).toMatchObject({ status: 'auto_approved' })
    expect(world.state).toBe('running')
  })
})
