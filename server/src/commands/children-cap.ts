import { type Policy, refused } from '@holdpoint/shared'
import type { AgentOwnCommand, Answer } from '../domain/commands.ts'
import type { AgentDirectory } from './agent-directory.ts'
import { type AgentKey, agentKeyText } from './agent-key.ts'

/**
 * AP14: one token can't fill the store with children of its own naming. Those whose first start is under way count, too: many
 * at once would all find room for one more. Each node counts its own.
 */
export interface ChildrenCap {
  /** `work`, or a refusal (`rate_limited`) where the agent would be one child too many of the token's subject. */
  within<T>(
    agent: AgentKey,
    command: AgentOwnCommand,
    subject: string | undefined,
    work: () => Promise<T>,
  ): Promise<T | { readonly barred: Answer }>
}

export function createChildrenCap(
  directory: Pick<AgentDirectory, 'all'>,
  policyOf: (tenant: string) => Promise<Policy>,
): ChildrenCap {
  const starting = new Map<string, Set<string>>()

  return {
    async within(agent, command, subject, work) {
      if (command.type !== 'run.start' || subject === undefined || agent.id === subject) return work()
      const { tenant, id } = agent
      const cap = (await policyOf(tenant)).caps.children
      const known = await directory.all(tenant)
      if (known.has(id)) return work()
      const key = agentKeyText({ tenant, id: subject })
      const newcomers = starting.get(key) ?? new Set<string>()
      let children = 0
      for (const one of known.keys()) if (one.startsWith(`${subject}/`)) children += 1
      for (const one of newcomers) if (!known.has(one)) children += 1
      if (children >= cap)
        return {
          barred: refused('rate_limited', `"${subject}" has ${children} children, as many as policy allows.`),
        }
      starting.set(key, newcomers.add(id))
      try {
        return await work()
      } finally {
        newcomers.delete(id)
        if (newcomers.size === 0) starting.delete(key)
      }
    },
  }
}
