import type { AgentState, Matchable } from '@holdpoint/shared'
import { type AgentDocument, readAgentDocument } from '../domain/agent-document.ts'
import type { Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'

/** What selectors, filters and counts need of an agent, kept in memory for all of a tenant's. */
export interface DirectoryEntry extends Matchable {
  readonly state: AgentState
  readonly name?: string | undefined
  /** Ids of the orders that its document holds. */
  readonly heldBy: readonly string[]
}

export interface AgentDirectory {
  /** Every agent of the tenant that ever ran, in no order. Reads the store the first time. */
  all(tenant: string): Promise<ReadonlyMap<string, DirectoryEntry>>
  /** Their ids, sorted: what lists page by. */
  ids(tenant: string): Promise<readonly string[]>
  /** What a commit left behind. */
  update(agent: AgentKey, doc: AgentDocument): void
}

const PAGE = 500

export function createAgentDirectory(store: Store): AgentDirectory {
  const tenants = new Map<string, Map<string, DirectoryEntry>>()
  const loading = new Map<string, Promise<void>>()
  const sorted = new Map<string, readonly string[]>()

  const load = async (tenant: string, entries: Map<string, DirectoryEntry>): Promise<void> => {
    let afterId: string | undefined
    for (;;) {
      const page = await store.listDocuments({
        tenant,
        kind: 'agent',
        limit: PAGE,
        ...(afterId !== undefined && { afterId }),
      })
      // what was committed while this was read is newer than what was read
      for (const { id, doc } of page) if (!entries.has(id)) entries.set(id, entryOf(readAgentDocument(doc)))
      if (page.length < PAGE) return
      afterId = page.at(-1)?.id
    }
  }

  const all = async (tenant: string): Promise<ReadonlyMap<string, DirectoryEntry>> => {
    let entries = tenants.get(tenant)
    if (!entries) {
      entries = new Map()
      tenants.set(tenant, entries)
      loading.set(tenant, load(tenant, entries))
    }
    try {
      await loading.get(tenant)
    } catch (error) {
      tenants.delete(tenant)
      throw error
    }
    return entries
  }

  return {
    all,
    async ids(tenant) {
      const entries = await all(tenant)
      const known = sorted.get(tenant)
      // nobody ever leaves, so the count tells whether somebody came
      if (known?.length === entries.size) return known
      const ids = [...entries.keys()].sort()
      sorted.set(tenant, ids)
      return ids
    },
    update({ tenant, id }, doc) {
      tenants.get(tenant)?.set(id, entryOf(doc))
    },
  }
}

const entryOf = ({ id, identity, machine, name, heldBy }: AgentDocument): DirectoryEntry => ({
  id,
  labels: identity.labels,
  state: machine.state,
  name,
  heldBy: heldBy.map((order) => order.id),
})
