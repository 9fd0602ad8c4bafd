import type { AgentDetail, OperatorClient } from '@holdpoint/client/operator'
import {
  type ApprovalDetail,
  type ApprovalView,
  type Difference,
  differenceOf,
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
  // What waits for its agent to go on is not judged yet.
  const filter = agent === undefined ? {} : { agent }
  const { approvals: views } = await newestApprovals(client, filter, limit, ({ held }) => !held)
  const agents = new Map<string, Promise<AgentDetail>>()
  const agentOf = (id: string): Promise<AgentDetail> => {
    const known = agents.get(id) ?? client.agent(id)
    agents.set(id, known)
    return known
  }
  const rows: Replayed[] = []
  for (let from = 0; from < views.length; from += AT_ONCE)
    rows.push(
      ...(await Promise.all(
        views
          .slice(from, from + AT_ONCE)
          .map(async ({ id, agent: of }) => judged(policy, await client.approval(id), await agentOf(of))),
      )),
    )
  return rows
}

function judged(policy: Policy, approval: ApprovalDetail, detail: AgentDetail): Replayed {
  const verdict = evaluate(policy, inquiryOf(approval, detail))
  const decided = decidedOf(approval)
  const candidate = judgementOf(verdict)
  const { id, agent, action } = approval
  return {
    id,
    agent,
    action,
    decided,
    candidate,
    difference: differenceOf(decided, candidate),
    rules: verdict.rules,
  }
}

function inquiryOf(approval: ApprovalDetail, { agent, budgets }: AgentDetail): Inquiry {
  const { action, trust, autonomy, risk, confidence, owner, stages } = approval
  // a person may have edited it: what was asked for is what is judged
  const { args } = JSON.parse(approval.askedCanonical ?? approval.canonical) as { readonly args: unknown }
  const spent = resources.filter((one: Resource) => approval.rules.includes(`budget:${one}:spent`))
  return {
    action,
    args,
    trust,
    autonomy,
    risk,
    confidence,
    agent: { id: agent.id, owner, labels: agent.labels },
    budgets,
    reserved: { spent },
    at: Date.parse(stages.queued.at),
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
