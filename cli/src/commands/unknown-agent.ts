import type { OperatorClient } from '@holdpoint/client/operator'
import { CommandFailure, EXIT } from '../exit-codes.ts'
import { visible } from '../output/visible.ts'
import { isThere } from './is-there.ts'

/** Why a list of one agent's is empty, where it is because nobody knows that agent; undefined otherwise. */
export async function unknownAgent(
  client: OperatorClient,
  agent: string | undefined,
  list: readonly unknown[],
): Promise<string | undefined> {
  if (agent === undefined || list.length > 0) return undefined
  const isKnown = await isThere(client.agent(agent))
  return isKnown ? undefined : `No agent is called “${visible(agent)}”: holdpoint agents lists them.`
}

/** Nobody thinks of a reason for what can not be. Errors: CommandFailure where there is no such agent. */
export async function lookForAgent(client: OperatorClient, agent: string): Promise<void> {
  const unknown = await unknownAgent(client, agent, [])
  if (unknown !== undefined) throw new CommandFailure(`${unknown} [not_found]`, EXIT.refused)
}
