/** Which agent: ids are unique within a tenant only. */
export interface AgentKey {
  readonly tenant: string
  readonly id: string
}

/** As a key of maps: a tenant's id holds no space. */
export const agentKeyText = ({ tenant, id }: AgentKey): string => `${tenant} ${id}`
