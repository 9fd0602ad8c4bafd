import { type AgentDetail, HoldpointError, type OperatorClient } from '@holdpoint/client/operator'
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

/** Errors: CommandFailure where there is no such agent, or what is stored of it can't be read. */
export async function readAgent(client: OperatorClient, agent: string): Promise<AgentDetail> {
  try {
    return await client.agent(agent)
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error
    if (error.code === 'not_found') await lookForAgent(client, agent)
    const { unreadable } = error.code === 'internal' ? await client.agents({ search: agent, limit: 1 }) : {}
    if (!unreadable?.includes(agent)) throw error
    throw new CommandFailure(
      `What the server holds of ${visible(agent)} can't be read, so it can do nothing: the server's log says why; start the newer version again, or restore a backup. [internal]`,
      EXIT.unexpected,
    )
  }
}

/** Nobody thinks of a reason for what can not be. Errors: CommandFailure where there is no such agent. */
export async function lookForAgent(client: OperatorClient, agent: string): Promise<void> {
  const unknown = await unknownAgent(client, agent, [])
  if (unknown !== undefined) throw new CommandFailure(`${unknown} [not_found]`, EXIT.refused)
}
