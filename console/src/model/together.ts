import type { ApprovalView } from '@holdpoint/shared'

/** One of several, and why it was left out or came to what it did. */
export interface Reasoned {
  readonly view: Pick<ApprovalView, 'action' | 'agent'>
  readonly why: string
}

const NAMED = 3

/** By reason, in the order in which they come. Those of one name are counted; of many names the first are told. */
export function grouped(
  all: readonly Reasoned[],
): readonly { readonly why: string; readonly names: string }[] {
  const reasons = [...new Set(all.map(({ why }) => why))]
  return reasons.map((why) => {
    const alike = all.filter((one) => one.why === why)
    const names = alike.map(({ view }) => `${view.action} by ${view.agent}`)
    const named = [...new Set(names)].slice(0, NAMED).map((name) => {
      const count = names.filter((one) => one === name).length
      return { name: count > 1 ? `${count} × ${name}` : name, count }
    })
    const more = names.length - named.reduce((sum, { count }) => sum + count, 0)
    return { why, names: `${named.map(({ name }) => name).join(', ')}${more > 0 ? ` and ${more} more` : ''}` }
  })
}
