import type { AgentState, Matchable } from '@holdpoint/shared'
import { type AgentDocument, readAgentDocument } from '../domain/agent-document.ts'
import type { Quota } from '../domain/commands.ts'
import { openItems } from '../domain/items.ts'
import { rootOf } from '../domain/quota.ts'
import type { Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'
import { each } from './each.ts'

/** What selectors, filters and counts need of an agent, kept in memory for all of a tenant's. */
export interface DirectoryEntry extends Matchable {
  readonly state: AgentState
  readonly name?: string | undefined
  /** Ids of the orders that its document holds. */
  readonly heldBy: readonly string[]
  /** How much of it waits for people. */
  readonly open: number
}

export interface AgentDirectory {
  /** Every agent of the tenant that ever ran, in no order. Reads the store the first time, and what was changed. */
  all(tenant: string): Promise<ReadonlyMap<string, DirectoryEntry>>
  /** Their ids, sorted: what lists page by. */
  ids(tenant: string): Promise<readonly string[]>
  /** AP14: what is open, as far as is known here; `unread`: how many agents were changed elsewhere since. */
  quota(agent: AgentKey): Promise<{ readonly quota: Quota; readonly unread: number }>
  /** What a commit of this node left behind, as that version of the document. */
  update(agent: AgentKey, doc: AgentDocument, version: number): void
  /** Another node has changed the agent: it is read again before anybody looks. */
  changed(agent: AgentKey): void
}

const PAGE = 500
const READS_AT_ONCE = 64

interface Tenant {
  readonly entries: Map<string, DirectoryEntry>
  readonly versions: Map<string, number>
  /** Changed elsewhere, and not read since. */
  readonly changed: Set<string>
  /** Open items per root, without those that have none; and of all together. */
  readonly open: Map<string, number>
  total: number
  loading: Promise<void>
  sorted?: readonly string[]
}

export function createAgentDirectory(store: Store): AgentDirectory {
  const tenants = new Map<string, Tenant>()

  const put = (into: Tenant, doc: AgentDocument, version: number): void => {
    const { entries, versions } = into
    // what was committed while this was read is newer than what was read
    if ((versions.get(doc.id) ?? 0) > version) return
    const entry = entryOf(doc)
    count(into, rootOf(doc.id), entry.open - (entries.get(doc.id)?.open ?? 0))
    versions.set(doc.id, version)
    entries.set(doc.id, entry)
  }

  const load = async (tenant: string, into: Tenant): Promise<void> => {
    let afterId: string | undefined
    for (;;) {
      const page = await store.listDocuments({
        tenant,
        kind: 'agent',
        limit: PAGE,
        ...(afterId !== undefined && { afterId }),
      })
      for (const { doc, version } of page) put(into, readAgentDocument(doc), version)
      if (page.length < PAGE) return
      afterId = page.at(-1)?.id
    }
  }

  const readChanged = async (tenant: string, into: Tenant): Promise<void> => {
    const ids = [...into.changed]
    into.changed.clear()
    await each(ids, READS_AT_ONCE, async (id) => {
      const { doc, version } = await store.load({ tenant, kind: 'agent', id })
      if (doc !== undefined) put(into, readAgentDocument(doc), version)
    })
  }

  const all: AgentDirectory['all'] = async (tenant) => {
    let known = tenants.get(tenant)
    if (!known) {
      known = {
        entries: new Map(),
        versions: new Map(),
        changed: new Set(),
        open: new Map(),
        total: 0,
        loading: Promise.resolve(),
      }
      tenants.set(tenant, known)
      known.loading = load(tenant, known)
    }
    try {
      await known.loading
      // whoever comes while they are read waits for them as well
      if (known.changed.size > 0) known.loading = readChanged(tenant, known)
      await known.loading
    } catch (error) {
      // read anew, whole, by whoever asks next
      tenants.delete(tenant)
      throw error
    }
    return known.entries
  }

  return {
    all,
    async ids(tenant) {
      const entries = await all(tenant)
      const known = tenants.get(tenant)
      // nobody ever leaves, so the count tells whether somebody came
      if (known?.sorted?.length === entries.size) return known.sorted
      const ids = [...entries.keys()].sort()
      if (known) known.sorted = ids
      return ids
    },
    async quota({ tenant, id }) {
      if (!tenants.has(tenant)) await all(tenant)
      const known = tenants.get(tenant)
      const own = known?.open.get(rootOf(id)) ?? 0
      const sharers = (known?.open.size ?? 0) + (own === 0 ? 1 : 0)
      return { quota: { total: known?.total ?? 0, own, sharers }, unread: known?.changed.size ?? 0 }
    },
    update({ tenant }, doc, version) {
      const known = tenants.get(tenant)
      if (known) put(known, doc, version)
    },
    changed({ tenant, id }) {
      tenants.get(tenant)?.changed.add(id)
    },
  }
}

function count(tenant: Tenant, root: string, by: number): void {
  if (by === 0) return
  const now = (tenant.open.get(root) ?? 0) + by
  if (now === 0) tenant.open.delete(root)
  else tenant.open.set(root, now)
  tenant.total += by
}

const entryOf = (doc: AgentDocument): DirectoryEntry => ({
  id: doc.id,
  labels: doc.identity.labels,
  state: doc.machine.state,
  name: doc.name,
  heldBy: doc.heldBy.map((order) => order.id),
  open: openItems(doc),
})
