import { AgentClient } from '@holdpoint/client'
import { HOUR } from '@holdpoint/shared'
import { describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { agentOf, consoleOf, until } from './sdk-live-clients.ts'

describe('clients and server: tokens', () => {
  it('[ID3] a revoked token ends the agent’s connection, and the agent with it', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    await ana.revokeToken({ subject: 'bot' }, 'lost laptop')
    await until(() => expect(bot.signal.aborted).toBe(true))
    await expect(bot.checkpoint()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('[ID3] a token is renewed before it expires, without a break', async () => {
    await using cp = await controlPlane()
    let fetched = 0
    const token = () => {
      fetched += 1
      return cp.token({ subject: 'bot', ttlMs: fetched === 1 ? 2_500 : HOUR })
    }
    await using bot = new AgentClient({ url: cp.url, token })
    await bot.start()
    const until2 = performance.now() + 3_500
    let broke = false
    while (performance.now() < until2) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (bot.connection !== 'live') broke = true
    }
    expect([fetched, broke]).toEqual([2, false])
  })
})
