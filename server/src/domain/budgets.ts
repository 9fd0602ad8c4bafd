import {
  type AutonomyLevel,
  type BudgetState,
  type Policy,
  type Resource,
  resources,
  type Verdict,
} from '@holdpoint/shared'
import { type AgentDocument, type Approval, type BudgetPart, changed } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { levelIn } from './family.ts'

/** The window rolls on by parts of this many: fine enough to roll, few enough for one document. */
const PARTS = 24
/** More only come from windows that policy made shorter or longer; the oldest are then counted together. */
const MAX_PARTS = 2 * PARTS

const nothing = { apiCalls: 0, files: 0 }

/** Where each budget stands now, by the limits of the level in effect. */
export function budgetsOf(
  { budgets }: AgentDocument,
  policy: Policy,
  at: number,
  level: AutonomyLevel,
): Readonly<Record<Resource, BudgetState>> {
  const { limits } = policy.autonomy[level]
  const total = { allotments: { ...nothing }, used: { ...nothing } }
  for (const { until, allotments, used } of budgets) {
    if (at >= until + policy.budgets.windowMs) continue
    for (const one of resources) {
      total.allotments[one] += allotments[one]
      total.used[one] += used[one]
    }
  }
  const stateOf = (one: Resource): BudgetState => ({
    limit: limits[one] * (1 + total.allotments[one]),
    used: total.used[one],
  })
  return { apiCalls: stateOf('apiCalls'), files: stateOf('files') }
}

/** PO4: takes what the verdict says that it consumes, whether or not there was enough; the item keeps what it took. */
export function reserve(draft: Draft, item: Approval, { consumes, spent }: Verdict): Approval {
  if (resources.every((one) => consumes[one] === 0)) return item
  const until = change(draft, ({ until, used, allotments }) => ({
    until,
    used: plus(used, consumes),
    allotments,
  }))
  const { apiCalls, files } = consumes
  return changed(item, { reserved: { apiCalls, files, until, spent } })
}

/**
 * PO4: what was reserved for what never ran is there again. Called where an item ends that was not begun. Where its part of the window
 * counts no more, it is there again already: what was used since is another part's.
 */
export function giveBack(draft: Draft, { reserved }: Approval): void {
  const { policy, at: now } = draft.facts
  if (!reserved || now >= reserved.until + policy.budgets.windowMs) return
  const { budgets } = draft.doc
  // a part that was counted together with a later one goes by the later one's end
  const at = budgets.findIndex((part) => part.until >= reserved.until)
  draft.update({
    budgets: budgets.map((part, index) =>
      index === at ? { ...part, used: minus(part.used, reserved) } : part,
    ),
  })
}

/**
 * PO4: releasing what a spent budget held back grants one more allotment, where what was released fills the limit: of many
 * that waited over one empty budget each would otherwise add a whole one.
 */
export function grantAllotments(draft: Draft, { id, reserved }: Approval): void {
  if (!reserved) return
  const budgets = budgetsOf(draft.doc, draft.facts.policy, draft.facts.at, levelIn(draft))
  const waiting = draft.doc.approvals.filter((one) => one.id !== id && one.status === 'pending')
  const spent = reserved.spent.filter((one) => {
    const notReleased = waiting.reduce((sum, { reserved: its }) => sum + (its?.[one] ?? 0), 0)
    return budgets[one].used - notReleased > budgets[one].limit
  })
  if (spent.length === 0) return
  const one = { apiCalls: spent.includes('apiCalls') ? 1 : 0, files: spent.includes('files') ? 1 : 0 }
  change(draft, (part) => ({ ...part, allotments: plus(part.allotments, one) }))
}

/** Changes the part of the window that it is now, which it names; drops what counts no more. */
function change(draft: Draft, by: (part: BudgetPart) => BudgetPart): number {
  const { policy, at } = draft.facts
  const length = Math.max(1, Math.ceil(policy.budgets.windowMs / PARTS))
  const until = (Math.floor(at / length) + 1) * length
  const parts = counting(draft.doc.budgets, policy, at)
  const now = parts.find((part) => part.until === until) ?? { until, used: nothing, allotments: nothing }
  const others = parts.filter((part) => part.until !== until)
  draft.update({ budgets: bounded([...others, by(now)].sort((a, b) => a.until - b.until)) })
  return until
}

const counting = (parts: readonly BudgetPart[], { budgets }: Policy, at: number): readonly BudgetPart[] =>
  parts.filter((part) => at < part.until + budgets.windowMs)

function bounded([first, second, ...rest]: readonly BudgetPart[]): readonly BudgetPart[] {
  if (!first || !second) return first ? [first] : []
  if (rest.length + 2 <= MAX_PARTS) return [first, second, ...rest]
  const together = {
    until: second.until,
    used: plus(first.used, second.used),
    allotments: plus(first.allotments, second.allotments),
  }
  return [together, ...rest]
}

type Amounts = Readonly<Record<Resource, number>>

const plus = (a: Amounts, b: Amounts): Amounts => ({
  apiCalls: a.apiCalls + b.apiCalls,
  files: a.files + b.files,
})
const minus = (a: Amounts, b: Amounts): Amounts => ({
  apiCalls: Math.max(0, a.apiCalls - b.apiCalls),
  files: Math.max(0, a.files - b.files),
})
