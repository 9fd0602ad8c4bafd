import type { ApprovalView } from '@holdpoint/shared'

/** One of several, and why it was left out or came to what it did. */
export interface Reasoned {
  readonly view: Pick<ApprovalView, 'action' | 'agent'>
  readonly why: string
}

const NAMED = 3

/** By reason, in the order in which they come: of many alike the first are named, and the others counted. */
export function grouped(
  all: readonly Reasoned[],
): readonly { readonly why: string; readonly names: string }[] {
  const reasons = [...new Set(all.map(({ why }) => why))]
  return reasons.map((why) => {
    const alike = all.filter((one) => one.why === why)
    const named = alike.slice(0, NAMED).map(({ view }) => `${view.action} by ${view.agent}`)
    const more = alike.length - named.length
    return { why, names: `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}` }
  })
}
