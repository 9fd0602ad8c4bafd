/** What the tests of both clients at a real server share: started clients, and an action that waits for a person. */
import { AgentClient, type AgentClientOptions } from '@holdpoint/client'
import { OperatorClient } from '@holdpoint/client/operator'
import type { Role } from '@holdpoint/shared'
import { vi } from 'vitest'
import type { Harness, TokenOptions } from '../harness/control-plane.ts'

export const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 25_000, interval: 10 })

export async function agentOf(
  cp: Harness,
  { subject = 'bot', ...who }: Partial<TokenOptions> = {},
  options: Partial<AgentClientOptions> = {},
) {
  const client = new AgentClient({ url: cp.url, token: await cp.token({ subject, ...who }), ...options })
  await client.start()
  return client
}

export async function consoleOf(cp: Harness, role: Role = 'admin', subject = 'ana') {
  const client = new OperatorClient({ url: cp.url, token: await cp.token({ subject, role }) })
  await client.ready()
  return client
}

/** The one approval that waits for somebody. */
export const waiting = (ana: OperatorClient) =>
  until(() => {
    const [first] = ana.replica.approvals.values()
    if (!first) throw new Error('nothing waits')
    return first
  })

export const mail = { to: 'team@example.org', subject: 'Report' }
