import type { RawSocket } from '../harness/raw-socket.ts'

/** What must be the same whichever version tells it. */
export interface Seen {
  readonly agents: readonly object[]
  readonly approvals: readonly { readonly id: string }[]
  readonly tickets: readonly object[]
  readonly orders: readonly object[]
  readonly people: readonly object[]
  readonly policy: readonly unknown[]
  /** The log: number, type, agent and who caused it. */
  readonly log: readonly (readonly unknown[])[]
}

const STATUSES = ['pending', 'approved', 'denied', 'expired', 'auto_approved', 'cancelled'] as const

// biome-ignore lint/suspicious/noExplicitAny: views of any version
type View = any

/** As an admin's console is told it. */
export async function look(admin: RawSocket): Promise<Seen> {
  const listed = async (name: string, field: string, query: object = {}): Promise<readonly View[]> => {
    const found: View[] = []
    let cursor: string | undefined
    do {
      const page = await admin.must(name, { ...query, limit: 200, ...(cursor && { cursor }) })
      found.push(...page[field])
      cursor = page.nextCursor
    } while (cursor)
    return found
  }
  const approvals: View[] = []
  for (const status of STATUSES) approvals.push(...(await listed('approval.list', 'approvals', { status })))
  const { policy, shadow } = await admin.must('policy.get', {})
  const log = await listed('history.list', 'events')
  return {
    agents: (await listed('agents.list', 'agents')).map(({ id, state, locked, autonomy, open, orders }) => ({
      id,
      state,
      locked,
      autonomy,
      open,
      orders,
    })),
    approvals: approvals.map(({ id, agent, action, status, digest, revision, level, signatures, useBy }) => ({
      id,
      agent,
      action,
      status,
      digest,
      revision,
      level,
      signatures,
      useBy,
    })),
    tickets: (await listed('ticket.list', 'tickets')).map(({ id, status, reason, question }) => ({
      id,
      status,
      reason,
      question,
    })),
    orders: (await admin.must('order.list', {})).orders.map(({ id, effect, selector, lifted }: View) => ({
      id,
      effect,
      selector,
      lifted,
    })),
    people: (await listed('people.list', 'people')).map(({ id, role, teams, logins, disabled }) => ({
      id,
      role,
      teams,
      logins,
      disabled,
    })),
    policy: [policy.version, shadow?.version ?? shadow?.policy?.version],
    log: log.map(({ seq, type, agent, by }) => [seq, type, agent ?? null, by ?? null]),
  }
}
