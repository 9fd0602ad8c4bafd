/** What the tests of the agent’s client share: clients of a scripted server, and an action that waits there. */
import { AgentClient, type AgentClientOptions } from '@holdpoint/client'
import { canonicalAction, newId } from '@holdpoint/shared'
import { vi } from 'vitest'
import { EPOCH, RUN, requestAnswer, type ScriptedServer } from './sdk-scripted-server.ts'

export const until = (check: () => void) => vi.waitFor(check, { timeout: 25_000, interval: 5 })

export const connect = ({ url }: ScriptedServer, options: Partial<AgentClientOptions> = {}) =>
  new AgentClient({ url, token: 'token', ...options })

/** A started client that is closed at the end of its test. */
export async function started(server: ScriptedServer, options?: Partial<AgentClientOptions>) {
  const client = connect(server, options)
  await client.start()
  return client
}

export const canonicalOf = (action: string, args: unknown) => {
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  return bytes.value
}

export const view = (id: string, status: string, more: object = {}) =>
  ({ id, status, stages: { queued: { at: '' } }, ...more }) as never

/** A server whose `pay` is approved by hand. */
export function approvals(server: ScriptedServer) {
  const id = newId()
  const asked = canonicalOf('pay', { amount: 10 })
  server.answer('action.request', ({ action, args }) => requestAnswer(action as string, args, 'wait', id))
  server.answer('action.begin', () => ({ canonical: asked.canonical }))
  return {
    id,
    ...asked,
    settle: (status: string, more: object = {}) =>
      server.push([{ type: 'approval.settled', data: view(id, status, { digest: asked.digest, ...more }) }]),
  }
}

export const startAnswer = () => ({
  agent: { id: 'bot', labels: {}, seq: 10 },
  run: { id: RUN, epoch: EPOCH },
  open: [],
  instructions: [],
  leaseMs: 15_000,
})
