import type { OperatorClient } from '@holdpoint/client/operator'
import type { AgentView } from '@holdpoint/shared'
import { computed } from '@preact/signals'
import { filterAgents } from '../model/filter-agents.ts'
import { standing, type Tone } from '../model/standing.ts'
import { agentViews, onEvent, onRewritten } from './live.ts'
import { ofPerson, onLeaving } from './of-person.ts'
import { session } from './session.ts'

const PAGE = 500
/** How many ids the server lets one console watch. */
const WATCHED = 200
const WATCH_AFTER_MS = 150
/** However many facts come, those in sight are asked for so often at most. */
const ASK_AGAIN_AFTER_MS = 2_000

/** Every agent of the tenant; the replica keeps only those seen lately. */
const known = new Map<string, AgentView>()
const version = ofPerson(0)
export const loading = ofPerson<'no' | 'yes' | 'failed'>('no')

/** Agents that the server can't read: nobody knows where they stand. */
export const unreadable = ofPerson<readonly string[]>([])

export const text = ofPerson('')
export const labels = ofPerson('')
export const tone = ofPerson<Tone | undefined>(undefined)
export const chosen = ofPerson<ReadonlySet<string>>(new Set())

/** All of them, as they stand now. Newer views, and what watched ones show between facts, come from the replica. */
const agents = computed<readonly AgentView[]>(() => {
  void version.value
  const seen = agentViews()
  return [...known.values()].map((view) => {
    const live = seen?.get(view.id)
    return live && live.seq >= view.seq ? live : view
  })
})

export const shown = computed(() =>
  filterAgents(agents.value, { text: text.value, labels: labels.value, tone: tone.value }),
)

/** Which team each agent belongs to, by its label; routing, not a boundary (ID2). */
export const teamOf = computed(() => new Map(agents.value.map(({ id, labels: own }) => [id, own.team])))

/** How many known agents the label selector alone fits, whatever else narrows what is shown. */
export const labelled = computed(
  () => filterAgents(agents.value, { text: '', labels: labels.value, tone: undefined }).length,
)

/** Narrows what is shown; what is out of sight then is selected no longer, so that nobody acts on it unawares. */
export function narrow(to: {
  readonly text?: string
  readonly labels?: string
  /** Undefined: of any. */
  readonly tone?: Tone | undefined
}): void {
  if (to.text !== undefined) text.value = to.text
  if (to.labels !== undefined) labels.value = to.labels
  if ('tone' in to) tone.value = to.tone
  const inSight = new Set(shown.peek().map(({ id }) => id))
  chosen.value = new Set([...chosen.peek()].filter((id) => inSight.has(id)))
}

export const counts = computed(() => {
  const all = new Map<Tone, number>()
  for (const agent of agents.value) {
    const { tone: one } = standing(agent)
    all.set(one, (all.get(one) ?? 0) + 1)
  }
  return all
})

let loadedBy: OperatorClient | undefined

onLeaving(() => {
  known.clear()
  loadedBy = undefined
})

/** Reads them all, once for each session; facts keep them current from then on. */
export async function loadAgents(): Promise<void> {
  const { client } = session.peek() ?? {}
  if (!client || loadedBy === client) return
  loadedBy = client
  known.clear()
  version.value += 1
  chosen.value = new Set()
  loading.value = 'yes'
  try {
    let cursor: string | undefined
    do {
      const page = await client.agents({ limit: PAGE, ...(cursor !== undefined && { cursor }) })
      for (const view of page.agents) learn(view)
      unreadable.value = page.unreadable ?? []
      cursor = page.nextCursor
      version.value += 1
    } while (cursor !== undefined && session.peek()?.client === client)
    loading.value = 'no'
  } catch {
    loadedBy = undefined
    loading.value = 'failed'
  }
}

onRewritten(() => {
  if (!loadedBy) return
  loadedBy = undefined
  void loadAgents()
})

/** Follows agents that start, and how known ones change. */
export function followAgents(): void {
  onEvent(({ agent: id, data }) => {
    // what it asked for may have moved its budgets
    if (id !== undefined && inSight.includes(id)) watching ??= setTimeout(askForSight, ASK_AGAIN_AFTER_MS)
    const { agent } = data as { agent?: AgentView }
    if (!agent || typeof agent !== 'object' || !loadedBy) return
    learn(agent)
    version.value += 1
  })
}

function learn(view: AgentView): void {
  const before = known.get(view.id)
  if (before && before.seq > view.seq) return
  // facts leave the budgets out
  const { budgets = before?.budgets } = view
  known.set(view.id, budgets ? { ...view, budgets } : view)
}

let inSight: readonly string[] = []
let watching: ReturnType<typeof setTimeout> | undefined

/** The agents in sight: what they show between facts comes in for those. */
export function watch(ids: readonly string[]): void {
  inSight = ids.slice(0, WATCHED)
  clearTimeout(watching)
  watching = setTimeout(askForSight, WATCH_AFTER_MS)
}

function askForSight(): void {
  watching = undefined
  session
    .peek()
    ?.client.watchAgents(inSight)
    .catch(() => {}) // asked again with the next scroll, and by the client once it is live again
}

export function choose(id: string): void {
  const next = new Set(chosen.peek())
  if (!next.delete(id)) next.add(id)
  chosen.value = next
}

export function chooseAll(all: boolean): void {
  chosen.value = new Set(all ? shown.peek().map(({ id }) => id) : [])
}
