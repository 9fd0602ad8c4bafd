/** Which agent: ids are unique within a tenant only. */
export interface AgentKey {
  readonly tenant: string
  readonly id: string
}

/** As a key of maps and queues: neither part holds a space, and no other document's key has this form. */
export const agentKeyText = ({ tenant, id }: AgentKey): string => `agent ${tenant} ${id}`
