import { describe, expect, it } from 'vitest'
import { started } from './testing/stages.ts'
import { code, type World } from './testing/world.ts'

describe('instructions', () => {
  const inject = (world: World, text: string) =>
    world.person({ type: 'agent.inject', text, by: { id: 'ana', role: 'operator' } })
  const ack = (world: World, id: string, outcome: 'applied' | 'declined') =>
    world.do({ type: 'instruction.ack', identity: { labels: {} }, body: { key: 'k', id, outcome } })
  it('[IN2] queued in order, answered once, and the operator sees it', () => {
    const world = started()
    inject(world, 'First.')
    inject(world, 'Second.')
    expect(world.agent.instructions.map((one) => one.text)).toEqual(['First.', 'Second.'])
    const { id } = world.agent.instructions[0] ?? { id: '' }
    expect(code(ack(world, id, 'applied'))).toBe('ok')
    expect(ack(world, id, 'applied').effects).toBeUndefined()
    expect(code(ack(world, id, 'declined'))).toBe('conflict')
    expect(world.records.get(id)).toMatchObject({ status: 'applied', by: 'ana' })
    expect(code(ack(world, 'unknown', 'applied'))).toBe('not_found')
  })
  it('[AP14] capped in number and in length', () => {
    const world = started()
    for (let n = 0; n < 100; n++) expect(code(inject(world, `${n}`))).toBe('ok')
    expect(code(inject(world, 'one more'))).toBe('rate_limited')
    const long = started()
    for (let n = 0; n < 4; n++) expect(code(inject(long, 'x'.repeat(8_192)))).toBe('ok')
    expect(code(inject(long, 'x'))).toBe('rate_limited')
  })
  it('[IN2] a paused agent is told when it resumes, and can answer nothing before', () => {
    const world = started()
    inject(world, 'Before.')
    world.intervene('agent.pause')
    inject(world, 'While paused.')
    const told = () => world.log.filter(({ type, push }) => type === 'instruction.queued' && push)
    expect(told()).toHaveLength(1)
    const [before, paused] = world.agent.instructions.map(({ id }) => id)
    expect(code(ack(world, before ?? '', 'applied'))).toBe('paused')
    expect(code(ack(world, paused ?? '', 'applied'))).toBe('paused')
    world.start('process-2', { takeover: true })
    world.intervene('agent.resume')
    expect(world.log.at(-1)).toMatchObject({
      type: 'agent.resumed',
      push: { state: 'running' },
      data: { instructions: [{ text: 'Before.' }, { text: 'While paused.' }] },
    })
    expect(code(ack(world, paused ?? '', 'applied'))).toBe('ok')
  })
  it('[IN2] an agent without a run can not be told anything', () => {
    const world = started()
    world.complete()
    expect(code(inject(world, 'Hello?'))).toBe('agent_stopped')
  })
})
