import type { AgentFilter } from '@holdpoint/client/operator'
import { canonicalText, digestOf, newId } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { approval, event, page, ready, snapshot } from './sdk-operator-client.ts'
import { no, scriptedServer } from './sdk-scripted-server.ts'

describe('operator client: requests', () => {
  it('[AP9] decides on what was displayed, and folds in what it caused', async () => {
    await using server = await scriptedServer()
    server.answer('sync', () => page(4, { snapshot: snapshot('a', 'b') }))
    server.answer('approval.approve', ({ id }) => ({
      approval: approval(id as string, 'approved'),
      events: [event(5, { approval: approval(id as string, 'approved') })],
    }))
    await using client = await ready(server)
    const shown = client.replica.approvals.get('a')
    if (!shown) throw new Error('not there')
    expect((await client.approve(shown, { totp: '123456', args: { amount: 1 } })).status).toBe('approved')
    expect(server.payloads('approval.approve')[0]).toMatchObject({
      id: 'a',
      revision: 1,
      digest: digestOf('a'),
      args: { amount: 1 },
      factor: { totp: '123456' },
    })
    expect([...client.replica.approvals.keys()]).toEqual(['b'])
    expect(client.replica.seq).toBe(5)
  })

  it('[AP9] does not show bytes that their digest does not name', async () => {
    await using server = await scriptedServer()
    const canonical = canonicalText({ action: 'pay', args: { amount: 10 } })
    const detail = { id: newId(), action: 'pay', canonical, digest: digestOf(canonical) }
    server.answer('approval.get', () => ({ approval: detail }))
    await using client = await ready(server)
    expect((await client.approval(detail.id)).canonical).toBe(canonical)
    server.answer('approval.get', () => ({
      approval: { ...detail, canonical: canonical.replace('10', '99') },
    }))
    await expect(client.approval(detail.id)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('a refusal is thrown as it came, with what stands', async () => {
    await using server = await scriptedServer()
    server.answer('approval.deny', () => no('already_decided', { standing: { status: 'approved' } }))
    await using client = await ready(server)
    await expect(client.deny(approval('a'), 'no')).rejects.toMatchObject({
      code: 'already_decided',
      details: { standing: { status: 'approved' } },
    })
  })

  it('agents without a run are told apart also on a server that is older, and refuses to be asked for them', async () => {
    await using server = await scriptedServer()
    const stands = (id: string, locked: boolean) => ({ id, state: 'stopped', locked, orders: [] })
    server.answer('agents.list', (filter) =>
      'noRun' in filter
        ? no('invalid')
        : {
            agents: [stands('over', false), stands('locked', true)],
            counts: { stopped: 2 },
            nextCursor: 'p2',
          },
    )
    await using client = await ready(server)
    const listed = async (filter: AgentFilter) => {
      const { agents, nextCursor } = await client.agents(filter)
      return [...agents.map(({ id }) => id), nextCursor]
    }
    expect(await listed({ noRun: true, limit: 9 })).toEqual(['over', 'p2'])
    expect(await listed({ state: 'stopped', noRun: false })).toEqual(['locked', 'p2'])
    expect(await listed({ state: 'stopped' })).toEqual(['over', 'locked', 'p2'])
    expect(server.payloads('agents.list')).toEqual([
      { state: 'stopped', limit: 9 },
      { state: 'stopped' },
      { state: 'stopped' },
    ])
  })

  it('history comes page by page, as far as it is read', async () => {
    await using server = await scriptedServer()
    server.answer('history.list', ({ cursor }) =>
      cursor === undefined
        ? { events: [event(9), event(8)], nextCursor: 'p2' }
        : { events: [event(7)], ...(cursor === 'p2' && { nextCursor: 'p3' }) },
    )
    await using client = await ready(server)
    const seqs: number[] = []
    for await (const { seq } of client.historyEvents({ agent: 'bot' })) if (seqs.push(seq) === 3) break
    expect(seqs).toEqual([9, 8, 7])
    expect(server.payloads('history.list')).toEqual([{ agent: 'bot' }, { agent: 'bot', cursor: 'p2' }])
  })
})
