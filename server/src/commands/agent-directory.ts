import { type AgentState, hasNoRun, isSettled, type Matchable, parentOf } from '@holdpoint/shared'
import { afterThisTurn, type Soon } from '../clock.ts'
import {
  type AgentDocument,
  type Autonomy,
  type Denial,
  readAgentDocument,
} from '../domain/agent-document.ts'
import type { Family, Quota } from '../domain/commands.ts'
import { openItems } from '../domain/items.ts'
import { rootOf } from '../domain/quota.ts'
import type { Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'
import { each } from './each.ts'
import { UnreadableAgent } from './unreadable-agent.ts'

/** What selectors, filters and counts need of an agent, kept in memory for all of a tenant's. */
export interface DirectoryEntry extends Matchable {
  readonly state: AgentState
  /** AG2: stopped, and by nobody. */
  readonly noRun: boolean
  readonly name?: string | undefined
  /** Ids of the orders that its document holds. */
  readonly heldBy: readonly string[]
  /** AG2: for certain, where it was told to halt. */
  readonly halted: boolean
  /** How much of it waits for people. */
  readonly open: number
  readonly autonomy: Autonomy
  /** Whether something is released for it in advance (AP13). */
  readonly hasStanding: boolean
  /** AP8; undefined where there are none. */
  readonly denials: readonly Denial[] | undefined
}

export interface AgentDirectory {
  /** Every agent of the tenant that ever ran, in no order. Reads the store the first time, and what was changed. */
  all(tenant: string): Promise<ReadonlyMap<string, DirectoryEntry>>
  /** The same, as far as their documents can be read, where `all` throws; and the ids of the others. */
  readable(tenant: string): Promise<{
    readonly entries: ReadonlyMap<string, DirectoryEntry>
    readonly unreadable: ReadonlySet<string>
  }>
  /** The ids of all of them, sorted, as of the last look: what lists page by. */
  ids(tenant: string): Promise<readonly string[]>
  /** AP14: what is open, as far as is known here; `unread`: how many agents were changed elsewhere since. */
  quota(agent: AgentKey): Promise<{ readonly quota: Quota; readonly unread: number }>
  /** AG8: what counts of those that share its root, as far as is known here. Undefined where nothing does. */
  family(agent: AgentKey): Promise<Family | undefined>
  /** What a commit of this node left behind, as that version of the document; `seq`: of the commit's last event. */
  update(agent: AgentKey, doc: AgentDocument, version: number, seq: number): void
  /**
   * Another node has changed the agent by that event: it is read again before anybody looks, unless a later commit of this
   * node has met the change. `denied`: one of its actions was.
   */
  changed(agent: AgentKey, seq: number, denied: boolean): void
}

/** How many are read in one turn: some milliseconds' work, however many items they hold. */
const PAGE = 100
const READS_AT_ONCE = 64

interface Tenant {
  readonly entries: Map<string, DirectoryEntry>
  readonly versions: Map<string, number>
  /** Why the documents that can't be read can't: what they hold is counted nowhere. */
  readonly unreadable: Map<string, unknown>
  /** Changed elsewhere, by which event last, and not read since; and those whose memory of denials has changed with it. */
  readonly changed: Map<string, number>
  readonly denied: Set<string>
  /** Up to which event what is held of an agent is what this node itself has committed. */
  readonly committed: Map<string, number>
  /** Of each root the agents that remember denials. */
  readonly remembering: Map<string, Set<string>>
  /** Open items per root, without those that have none; and of all together. */
  readonly open: Map<string, number>
  total: number
  loading: Promise<void>
  sorted?: readonly string[]
}

/** `soon`: runs something once this turn is over; a simulation replaces it. */
export function createAgentDirectory(store: Store, soon: Soon = afterThisTurn): AgentDirectory {
  const tenants = new Map<string, Tenant>()

  const put = (into: Tenant, doc: AgentDocument, version: number): void => {
    const { entries, versions } = into
    // what was committed while this was read is newer than what was read
    if ((versions.get(doc.id) ?? 0) > version) return
    const entry = entryOf(doc)
    count(into, rootOf(doc.id), entry.open - (entries.get(doc.id)?.open ?? 0))
    if (entry.denials) remember(into, doc.id)
    into.unreadable.delete(doc.id)
    versions.set(doc.id, version)
    entries.set(doc.id, entry)
  }

  const take = (into: Tenant, id: string, stored: unknown, version: number): void => {
    try {
      put(into, readAgentDocument(stored), version)
    } catch (error) {
      if ((into.versions.get(id) ?? 0) > version) return
      into.versions.set(id, version)
      into.unreadable.set(id, new UnreadableAgent(id, error))
    }
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
      for (const { id, doc, version } of page) take(into, id, doc, version)
      if (page.length < PAGE) return
      afterId = page.at(-1)?.id
      // a store may answer within the turn, and thousands of agents must hold up nobody else
      await new Promise<void>((resolve) => void soon(resolve))
    }
  }

  const readChanged = async (tenant: string, into: Tenant, ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      into.changed.delete(id)
      into.denied.delete(id)
    }
    await each(ids, READS_AT_ONCE, async (id) => {
      const { doc, version } = await store.load({ tenant, kind: 'agent', id })
      if (doc !== undefined) take(into, id, doc, version)
    })
  }

  const upToDate = async (tenant: string): Promise<Tenant> => {
    let found = tenants.get(tenant)
    // what could not be read is looked at again, and only that: each request would read the whole tenant otherwise
    const failed = [...(found?.unreadable.keys() ?? [])]
    if (!found) {
      found = {
        entries: new Map(),
        versions: new Map(),
        unreadable: new Map(),
        changed: new Map(),
        denied: new Set(),
        committed: new Map(),
        remembering: new Map(),
        open: new Map(),
        total: 0,
        loading: Promise.resolve(),
      }
      tenants.set(tenant, found)
      found.loading = load(tenant, found)
    }
    try {
      await found.loading
      // whoever comes while they are read waits for them as well
      const stale = new Set([...found.changed.keys(), ...failed])
      if (stale.size > 0) found.loading = readChanged(tenant, found, [...stale])
      await found.loading
    } catch (error) {
      // read anew, whole, by whoever asks next
      tenants.delete(tenant)
      throw error
    }
    return found
  }

  const all: AgentDirectory['all'] = async (tenant) => {
    const { entries, unreadable } = await upToDate(tenant)
    for (const error of unreadable.values()) throw error
    return entries
  }

  const family: AgentDirectory['family'] = async ({ tenant, id }) => {
    const known = tenants.get(tenant) ?? (await upToDate(tenant))
    const root = rootOf(id)
    const above = ancestorsOf(id)
    const denied = [...known.denied].filter((one) => rootOf(one) === root)
    const stale = [...new Set([...above.filter((one) => known.changed.has(one)), ...denied])]
    try {
      if (stale.length > 0) known.loading = known.loading.then(() => readChanged(tenant, known, stale))
      // whoever comes while they are read waits for them as well
      await known.loading
    } catch (error) {
      tenants.delete(tenant)
      throw error
    }
    // what a relative holds back may be in what can't be read
    for (const [one, error] of known.unreadable) if (rootOf(one) === root) throw error
    const ancestors = above.flatMap((one) => known.entries.get(one)?.autonomy ?? [])
    const rememberers = known.remembering.get(root)
    if (ancestors.length === 0 && !rememberers) return undefined
    const denials = [...(rememberers ?? [])].flatMap((one) => known.entries.get(one)?.denials ?? [])
    return { ancestors, denials }
  }

  return {
    all,
    async readable(tenant) {
      const { entries, unreadable } = await upToDate(tenant)
      return { entries, unreadable: new Set(unreadable.keys()) }
    },
    family,
    async ids(tenant) {
      const known = tenants.get(tenant) ?? (await upToDate(tenant))
      // nobody ever leaves, so the count tells whether somebody came
      if (known.sorted?.length !== known.entries.size) known.sorted = [...known.entries.keys()].sort()
      return known.sorted
    },
    async quota({ tenant, id }) {
      const known = tenants.get(tenant) ?? (await upToDate(tenant))
      // too little must not be counted: neither of what is being read, nor of what can't be
      await known.loading
      if (known.unreadable.size > 0) await all(tenant)
      const own = known.open.get(rootOf(id)) ?? 0
      const sharers = known.open.size + (own === 0 ? 1 : 0)
      return { quota: { total: known.total, own, sharers }, unread: known.changed.size }
    },
    update({ tenant, id }, doc, version, seq) {
      const known = tenants.get(tenant)
      if (!known) return
      put(known, doc, version)
      known.committed.set(id, seq)
      // an agent's events are all in one feed, and a commit is made on all that came before it
      if ((known.changed.get(id) ?? seq) > seq) return
      known.changed.delete(id)
      known.denied.delete(id)
    },
    changed({ tenant, id }, seq, denied) {
      const known = tenants.get(tenant)
      if (!known || seq < (known.committed.get(id) ?? 0)) return
      known.changed.set(id, seq)
      if (denied) known.denied.add(id)
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

function remember({ remembering }: Tenant, agent: string): void {
  const root = rootOf(agent)
  const those = remembering.get(root) ?? new Set()
  remembering.set(root, those.add(agent))
}

function ancestorsOf(id: string): readonly string[] {
  const parent = parentOf(id)
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent)]
}

const entryOf = (doc: AgentDocument): DirectoryEntry => ({
  id: doc.id,
  labels: doc.identity.labels,
  state: doc.machine.state,
  noRun: hasNoRun({
    state: doc.machine.state,
    locked: doc.machine.context.locked,
    control: doc.control,
  }),
  name: doc.name,
  heldBy: doc.heldBy.map((order) => order.id),
  halted: doc.control === undefined || isSettled(doc.control),
  open: openItems(doc),
  autonomy: doc.autonomy,
  hasStanding: (doc.standing?.length ?? 0) > 0,
  denials: doc.denials.length > 0 ? doc.denials : undefined,
})
