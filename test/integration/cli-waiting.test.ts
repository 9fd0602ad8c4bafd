import type { AgentView, EventView } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { until } from '../harness/until.ts'
import { type Approvals, person, remove, short, startAgent } from './cli-people.ts'

describe('holdpoint: what waits', () => {
  it('lists what waits, and shows one whole by its last characters', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id, digest } = await remove(agent, 'a\u202Eb.log')
    const listed = await hp('approvals', '--json')
    expect(listed.code).toBe(0)
    expect(listed.json<Approvals>().approvals).toMatchObject([{ id, level: 'admin_only', status: 'pending' }])
    const table = await hp('approvals')
    expect(table.stdout).toContain(short(id))
    expect(table.stdout).toContain('{"path":"a⟨U+202E⟩b.log"}  says “a⟨U+202E⟩b.log is stale”')
    const long = await remove(agent, 'long'.repeat(40))
    const lineOf = async (ofId: string, ...more: string[]) =>
      (await hp('approvals', ...more)).stdout.split('\n').find((line) => line.startsWith(short(ofId)))
    expect(await lineOf(long.id)).toMatch(/ {2}\{"path":"(long){12}lo… {2}says “/)
    await hp('deny', long.id, '--reason', 'no')
    expect(await lineOf(long.id, '--status', 'denied')).toMatch(
      /delete_data {2}ana {2}- +\{"path":"(long){12}lo… {2}says “/,
    )
    const shown = await hp('show', short(id))
    expect(shown.stdout).toContain('"path": "a⟨U+202E⟩b.log"')
    expect(shown.stdout).toContain(`${digest}\n           computed again from the bytes: the same`)
    expect((await hp('show', id, '--json')).json()).toMatchObject({ approval: { id }, digestHolds: true })
  })

  it('[AG2] lists agents with what is wanted of them', async () => {
    await using plane = await controlPlane()
    await using _agent = await startAgent(plane)
    const hp = await person(plane)
    const { agents, counts } = (await hp('agents', '--json')).json<{ agents: AgentView[]; counts: object }>()
    expect(agents).toMatchObject([{ id: 'bot', state: 'running', connected: true }])
    expect(counts).toMatchObject({ running: 1 })
    expect((await hp('agents', '--labels', 'team=docs')).stdout).toMatch(/bot +running +1?\ds/)
    expect((await hp('agents', '--labels', 'team!=docs')).stdout).toBe('No agents.\n')
  })

  it('[AG6] tells an agent that left from one that is unreachable, also to who releases for it', async () => {
    await using plane = await controlPlane()
    const agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await agent.close()
    await until('it left', async () => (await hp('agents')).stdout.includes('awaiting_input, left'))
    const { code, stderr } = await hp('approve', id)
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('bot is not connected now: it may begin this'),
    ])
  })

  it('[AG1] tells who releases for a paused agent that it has to be resumed first', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await hp('pause', 'bot', '--reason', 'lunch', '--no-wait')
    expect((await hp('approve', id)).stderr).toMatch(/bot is paused now: .*, once it is resumed\./)
  })

  it('lists history, the newest first, filtered', async () => {
    await using plane = await controlPlane()
    await using agent = await startAgent(plane)
    const hp = await person(plane)
    const { id } = await remove(agent, 'a.log')
    await hp('deny', id, '--reason', 'keep it')
    // read as a day of March 2001 it would list everything
    for (const [since, why] of [
      ['3', /"3" has no unit; write 3m, 3h or 3d/],
      ['yesterday', /"yesterday" is not a time/],
      ['999999999d', /is not a time/],
    ] as const)
      for (const list of ['history', 'approvals'])
        expect(await hp(list, '--since', since)).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(why),
        })
    const events = (await hp('history', '--type', 'approval.*', '--agent', 'bot', '--json')).json<{
      events: EventView[]
    }>().events
    expect(events.map(({ type }) => type).slice(0, 1)).toEqual(['approval.denied'])
    expect(events.every(({ type }) => type.startsWith('approval.'))).toBe(true)
    expect((await hp('history', '--since', '1h', '--by', 'ana')).stdout).toMatch(
      /approval\.denied +[0-9a-f]{8} +bot +ana +delete_data · keep it/,
    )
    expect(
      (await hp('history', '--limit', '1', '--json')).json<{ events: EventView[] }>().events,
    ).toHaveLength(1)
  })
})
