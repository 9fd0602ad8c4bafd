import type { Change, ConnectionStatus } from '@holdpoint/client/operator'
import {
  type AgentView,
  type ApprovalDetail,
  type ApprovalView,
  canonicalAction,
  type OrderView,
  type TicketView,
} from '@holdpoint/shared'
import type { ConsoleClient } from '../console-client.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
export const inMs = (ms: number) => new Date(NOW + ms).toISOString()

export function approval(id: string, over: Partial<ApprovalView> & { args?: unknown } = {}): ApprovalDetail {
  const { args = { path: `${id}.log` }, ...view } = over
  const action = view.action ?? 'delete_data'
  const bytes = canonicalAction(action, args)
  if (!bytes.ok) throw new Error(bytes.error.message)
  return {
    id,
    agent: 'folder-agent',
    run: 'r',
    action,
    class: 'delete',
    revision: 1,
    status: 'pending',
    held: false,
    blocking: true,
    level: 'admin_only',
    rules: ['catalogue:delete_data'],
    policyVersion: 'p',
    trust: 0.5,
    autonomy: 'supervised',
    expiresAt: inMs(3_600_000),
    stages: { queued: { at: inMs(0) } },
    ...view,
    ...bytes.value,
  }
}

export const agent = (id: string, over: Partial<AgentView> = {}): AgentView => ({
  id,
  labels: {},
  state: 'running',
  locked: false,
  orders: [],
  connected: true,
  leaseRemainingMs: 12_000,
  open: { approvals: 0, tickets: 0, instructions: 0 },
  autonomy: { trust: 0.5, level: 'supervised', successes: 0, failures: 0, escalations: 0, failuresInRow: 0 },
  run: { id: 'r', epoch: '1.1', startedAt: inMs(0) },
  seq: 1,
  ...over,
})

/** A control plane in a test's hands: what the console reads is set, and what it sends is recorded. */
export function controlPlane(
  approvals: readonly ApprovalDetail[],
  agents: readonly AgentView[] = [agent('folder-agent')],
) {
  const details = new Map(approvals.map((one) => [one.id, one]))
  const replica = {
    approvals: new Map<string, ApprovalView>(details),
    tickets: new Map<string, TicketView>(),
    orders: new Map<string, OrderView>(),
    agents: new Map(agents.map((one) => [one.id, one])),
    counts: { agents: agents.length, approvals: approvals.length, tickets: 0 },
    seq: 0,
  }
  const listeners = new Set<(change: Change) => void>()
  const sent: string[] = []
  const decide = (verb: string, status: ApprovalView['status'], words?: string) => {
    return async (displayed: Pick<ApprovalView, 'id' | 'digest' | 'revision'>, text?: unknown) => {
      const one = details.get(displayed.id)
      if (!one) throw new Error('unknown')
      sent.push(
        [verb, displayed.id, displayed.revision, typeof text === 'string' ? text : ''].join(' ').trim(),
      )
      replica.approvals.delete(displayed.id)
      const view: ApprovalView = { ...one, status, decidedBy: 'me', ...(words ? { [words]: text } : {}) }
      tell({
        kind: 'events',
        events: [{ seq: 1, at: inMs(0), type: `approval.${status}`, data: { approval: view } }],
      })
      return view
    }
  }
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
  }
  const intervene = (verb: string) => async (target: unknown, reason?: string) => {
    sent.push([verb, target, reason ?? ''].join(' ').trim())
    return { results: [{ agent: String(target), ok: true }] }
  }
  const client = {
    replica,
    connection: { status: 'live', since: NOW } as ConnectionStatus,
    serverNow: () => NOW,
    onChange: (listener: (change: Change) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    approval: async (id: string) => details.get(id) as ApprovalDetail,
    approve: decide('approve', 'approved'),
    deny: decide('deny', 'denied', 'reason'),
    respond: decide('respond', 'denied', 'response'),
    ticket: async (id: string) => replica.tickets.get(id),
    answer: async (id: string, answer: unknown) => {
      sent.push(`answer ${id} ${JSON.stringify(answer)}`)
      return { ...replica.tickets.get(id), status: 'resolved' }
    },
    pause: intervene('pause'),
    stop: intervene('stop'),
    resume: intervene('resume'),
    agents: async () => ({ agents, counts: {} }),
    watchAgents: async () => agents,
    followOrders: () => () => {},
    seen: (ids: readonly string[]) => void sent.push(`seen ${ids}`),
  }
  return {
    client: client as unknown as ConsoleClient,
    sent,
    tell,
    listeners,
    arrive(one: ApprovalDetail) {
      details.set(one.id, one)
      replica.approvals.set(one.id, one)
      tell({ kind: 'events', events: [] })
    },
    order(view: Partial<OrderView>) {
      replica.orders.set(view.id ?? '', view as OrderView)
      tell({ kind: 'orders' })
    },
    ask(ticket: Partial<TicketView>) {
      const view = {
        kind: 'question',
        agent: 'folder-agent',
        status: 'open',
        priority: 5,
        expiresAt: inMs(60_000),
        ...ticket,
      }
      replica.tickets.set(view.id ?? '', view as TicketView)
      tell({ kind: 'events', events: [] })
    },
    decidedElsewhere(id: string, by: string) {
      const one = details.get(id)
      replica.approvals.delete(id)
      const approval = { ...one, status: 'denied', decidedBy: by, reason: 'not today' }
      tell({ kind: 'events', events: [{ seq: 2, at: inMs(0), type: 'approval.denied', data: { approval } }] })
    },
    connect(status: ConnectionStatus['status']) {
      client.connection = { status, since: NOW }
      tell({ kind: 'connection', connection: client.connection })
    },
  }
}
