import type { AgentDetail, OperatorClient } from '@holdpoint/client/operator'
import {
  type ApprovalDetail,
  type ApprovalLevel,
  type ApprovalView,
  type AutonomyLevel,
  type Difference,
  differenceOf,
  type EventView,
  evaluate,
  type Inquiry,
  type Judgement,
  judgementOf,
  type Policy,
  type Resource,
  resources,
} from '@holdpoint/shared'
import { newestApprovals } from '../newest.ts'

/** One recorded request, and what a candidate makes of it. */
export interface Replayed {
  readonly id: string
  readonly agent: string
  readonly action: string
  readonly decided: Judgement
  readonly candidate: Judgement
  readonly difference: Difference
  /** The candidate's, that decided. */
  readonly rules: readonly string[]
}

/** A request as it was asked, and what came of it. */
interface Recorded
  extends Pick<
    Inquiry,
    'action' | 'args' | 'trust' | 'autonomy' | 'risk' | 'confidence' | 'begunBefore' | 'at'
  > {
  readonly id: string
  readonly agent: string
  readonly rules: readonly string[]
  readonly decided: Judgement
}

/** What an `action.refused` event says. */
interface Refused {
  readonly id: string
  readonly action: string
  readonly code: string
  readonly level: ApprovalLevel
  readonly rules: readonly string[]
  readonly trust: number
  readonly autonomy: AutonomyLevel
  readonly risk?: number
  readonly confidence?: number
}

/** How many requests are read at once. */
const AT_ONCE = 16

/**
 * Judges recorded requests by a candidate, the latest first, with the bytes, trust, risk and confidence that they were
 * asked with. Labels and owner are today's, and so is what is left of the budgets; that a budget was spent is as it was.
 */
export async function replay(
  client: OperatorClient,
  policy: Policy,
  { agent, limit }: { readonly agent?: string | undefined; readonly limit: number },
): Promise<readonly Replayed[]> {
  const found = [...(await asked(client, agent, limit)), ...(await refusedAtOnce(client, agent, limit))]
  const latest = found.sort((a, b) => b.at - a.at).slice(0, limit)
  const agents = new Map<string, Promise<AgentDetail>>()
  const agentOf = (id: string): Promise<AgentDetail> => {
    const known = agents.get(id) ?? client.agent(id)
    agents.set(id, known)
    return known
  }
  return inTurn(latest, async ({ of, read }) => judged(policy, await read(), await agentOf(of)))
}

/** One that is found, and is read only where it is among the latest. */
interface Found {
  readonly of: string
  readonly at: number
  readonly read: () => Promise<Recorded>
}

async function asked(client: OperatorClient, agent: string | undefined, limit: number): Promise<Found[]> {
  const filter = agent === undefined ? {} : { agent }
  // What waits for its agent to go on is not judged yet.
  const { approvals } = await newestApprovals(client, filter, limit, ({ held }) => !held)
  return approvals.map((view) => ({
    of: view.agent,
    at: Date.parse(view.stages.queued.at),
    read: async () => recordedApproval(await client.approval(view.id)),
  }))
}

/** By policy; what a denial turned down was not policy's to judge. */
async function refusedAtOnce(
  client: OperatorClient,
  agent: string | undefined,
  limit: number,
): Promise<Found[]> {
  const found: Found[] = []
  for await (const event of client.historyEvents({
    type: 'action.refused',
    ...(agent !== undefined && { agent }),
  })) {
    if (found.length === limit) break
    const { code, autonomy } = event.data as Partial<Refused>
    // one of before all that it was judged by was on record can not be judged again, and must not keep others from it
    if (code !== 'not_permitted' || autonomy === undefined) continue
    found.push({
      of: event.agent ?? '',
      at: Date.parse(event.at),
      read: async () => recordedRefusal(event, (await client.refusal(event.seq)).canonical),
    })
  }
  return found
}

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = []
  for (let from = 0; from < all.length; from += AT_ONCE)
    done.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))))
  return done
}

function judged(policy: Policy, recorded: Recorded, { agent, budgets }: AgentDetail): Replayed {
  const { id, action, rules, decided, agent: of, ...said } = recorded
  const spent = resources.filter((one: Resource) => rules.includes(`budget:${one}:spent`))
  const verdict = evaluate(policy, {
    ...said,
    action,
    agent: { id: agent.id, owner: agent.owner, labels: agent.labels },
    budgets,
    reserved: { spent },
  })
  const candidate = judgementOf(verdict)
  return {
    id,
    agent: of,
    action,
    decided,
    candidate,
    difference: differenceOf(decided, candidate),
    rules: verdict.rules,
  }
}

const argsOf = (canonical: string): unknown => (JSON.parse(canonical) as { readonly args: unknown }).args

function recordedApproval(approval: ApprovalDetail): Recorded {
  const { id, agent, action, rules, trust, autonomy, risk, confidence, stages } = approval
  return {
    id,
    agent,
    action,
    // a person may have edited it: what was asked for is what is judged
    args: argsOf(approval.askedCanonical ?? approval.canonical),
    rules,
    trust,
    autonomy,
    risk,
    confidence,
    begunBefore: approval.begunBefore && true,
    at: Date.parse(stages.queued.at),
    decided: decidedOf(approval),
  }
}

function recordedRefusal({ agent = '', at, data }: EventView, canonical: string): Recorded {
  const { id, action, level, rules, trust, autonomy, risk, confidence } = data as unknown as Refused
  return {
    id,
    agent,
    action,
    args: argsOf(canonical),
    rules,
    trust,
    autonomy,
    risk,
    confidence,
    at: Date.parse(at),
    decided: { verdict: 'forbidden', level, factor: false, approvals: 1 },
  }
}

function decidedOf({ level, factor, status, decidedBy, needs }: ApprovalView): Judgement {
  const byPolicy = decidedBy === 'policy'
  const verdict = status === 'auto_approved' ? 'go' : status === 'denied' && byPolicy ? 'forbidden' : 'ask'
  return {
    verdict,
    level,
    factor: factor === true,
    approvals: needs?.approvals ?? 1,
  }
}
