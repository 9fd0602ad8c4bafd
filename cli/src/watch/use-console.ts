import type { ConnectionStatus } from '@holdpoint/client/operator'
import type { AgentView, ApprovalDetail, OrderView } from '@holdpoint/shared'
import { useEffect, useReducer, useRef } from 'react'
import type { ConsoleClient } from './console-client.ts'
import { type Item, itemsOf } from './items.ts'
import { outcomeOf } from './outcomes.ts'

/** What the screen is drawn from. */
export interface ConsoleData {
  readonly items: readonly Item[]
  readonly agents: readonly AgentView[]
  readonly orders: readonly OrderView[]
  readonly connection: ConnectionStatus
  /** How items ended that ended while this console watched. */
  readonly outcomes: ReadonlyMap<string, string>
  /** The server's clock, ms. */
  readonly now: number
}

const TICK_MS = 1_000
/** The window of agents that presence is asked for. */
const WATCHED_AGENTS = 50
const KEPT_OUTCOMES = 1_000

/** Follows the replica, and draws anew each second for the countdowns. */
export function useConsole(client: ConsoleClient): ConsoleData {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const outcomes = useRef(new Map<string, string>())

  useEffect(() => {
    const known = new Set<string>()
    let loading = false
    // Presence comes in for watched agents only, so the window is asked for again whenever a new agent shows up.
    const watchAgents = async () => {
      if (loading) return
      loading = true
      try {
        const { agents } = await client.agents({ limit: WATCHED_AGENTS })
        for (const { id } of agents) known.add(id)
        await client.watchAgents(agents.map(({ id }) => id))
        redraw()
      } catch {
        // The connection line tells; the next snapshot asks again.
      } finally {
        loading = false
      }
    }
    const unsubscribe = client.onChange((change) => {
      if (change.kind === 'events') {
        for (const event of change.events) remember(outcomes.current, outcomeOf(event))
        if (change.events.some(({ agent }) => agent !== undefined && !known.has(agent))) void watchAgents()
      }
      if (change.kind === 'snapshot' && change.rewritten) outcomes.current.clear()
      if (change.kind === 'snapshot') void watchAgents()
      redraw()
    })
    const endOrders = client.followOrders()
    void watchAgents()
    const ticking = setInterval(redraw, TICK_MS)
    return () => {
      clearInterval(ticking)
      endOrders()
      unsubscribe()
    }
  }, [client])

  const { replica } = client
  return {
    items: itemsOf(replica),
    agents: [...replica.agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    orders: [...replica.orders.values()],
    connection: client.connection,
    outcomes: outcomes.current,
    now: client.serverNow(),
  }
}

function remember(outcomes: Map<string, string>, ended: readonly [string, string] | undefined): void {
  if (!ended) return
  outcomes.set(...ended)
  const oldest = outcomes.keys().next()
  if (outcomes.size > KEPT_OUTCOMES && !oldest.done) outcomes.delete(oldest.value)
}

/** The arguments of what is on screen, read once per revision; undefined until they are here. */
export function useArguments(
  client: ConsoleClient,
  shown: readonly Item[],
): (item: Item) => ApprovalDetail | undefined {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const details = useRef(new Map<string, ApprovalDetail | 'asked'>())
  const wanted = shown.flatMap((item) => (item.kind === 'approval' ? [nameOf(item)] : [])).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` is new on each draw, `wanted` names what is in it
  useEffect(() => {
    let mounted = true
    for (const item of shown) {
      const name = nameOf(item)
      if (item.kind !== 'approval' || details.current.has(name)) continue
      details.current.set(name, 'asked')
      client.approval(item.id).then(
        (detail) => {
          details.current.set(name, detail)
          if (mounted) redraw()
        },
        () => details.current.delete(name), // asked again once it is drawn anew
      )
    }
    for (const name of details.current.keys()) if (!wanted.includes(name)) details.current.delete(name)
    return () => {
      mounted = false
    }
  }, [client, wanted])

  return (item) => {
    const detail = details.current.get(nameOf(item))
    return detail === 'asked' ? undefined : detail
  }
}

const nameOf = ({ id, view }: Item): string => `${id}@${'revision' in view ? view.revision : 0}`
