import { AgentClient } from '@holdpoint/client'
import { describe, expect, it, vi } from 'vitest'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { startAgent } from '../harness/raw-agent.ts'
import { consoleOf, until, waiting } from './sdk-live-clients.ts'

const args = { path: 'ledger.csv', text: '42' }

/** The process that comes after one that died. */
async function successor(cp: Harness): Promise<AgentClient> {
  const client = new AgentClient({ url: cp.url, token: await cp.token({ subject: 'bot' }), takeover: true })
  await client.start()
  return client
}

describe('clients and server: what a dead process may have done', () => {
  it('[AP9] is asked of a person, who is told, and is done once more only where they say so', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    const socket = await cp.agentSocket({ subject: 'bot' })
    const first = await startAgent(socket, { leaseMs: 300 })
    await first.ask('api_call', args)
    const asked = await waiting(ana)
    const { id } = asked
    await ana.approve(asked)
    expect(await first.begin(asked)).toMatchObject({ ok: true })
    socket.close()

    await using bot = await successor(cp)
    const act = vi.fn(() => 'done')
    const running = bot.run('api_call', args, act)
    const again = await waiting(ana)
    expect(again).toMatchObject({ begunBefore: { id } })
    const [ticket] = await until(() => {
      const all = [...ana.replica.tickets.values()]
      expect(all).toHaveLength(1)
      return all
    })
    expect(ticket).toMatchObject({ reason: 'unknown_outcome', approval: id })
    expect(act).not.toHaveBeenCalled()
    await ana.approve(again)
    expect(await running).toMatchObject({ status: 'done', value: 'done' })
    expect(await ana.approval(id)).toMatchObject({
      outcome: 'unknown',
      stages: { reported: { by: 'system' } },
    })
  })
})
