import { agentRequests, operatorRequests } from '@holdpoint/shared'

const changing = [...Object.entries(agentRequests), ...Object.entries(operatorRequests)].flatMap(
  ([name, schema]) => ('key' in schema.shape || 'epoch' in schema.shape ? [name] : []),
)
const commands: ReadonlySet<string> = new Set(changing)

/** Whether a request is one that the checks look at: what changes something, or comes under an epoch. */
export const isCommand = (event: string): boolean => commands.has(event)
