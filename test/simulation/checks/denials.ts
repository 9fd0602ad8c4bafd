import type { EventView } from '@holdpoint/shared'
import { approvalOf } from '../../chaos/history.ts'

/** AP8: what a person denied is not asked for again while the denial is remembered, whoever holds the run by then. */
export function checkDenials(events: readonly EventView[], rememberMs: number): readonly string[] {
  const denied = new Map<string, EventView>()
  return events.flatMap((event) => {
    const approval = approvalOf(event)
    if (!approval) return []
    const { agent, digest, askedDigest, response } = approval
    if (event.type === 'approval.denied' && event.by !== 'policy' && response === undefined)
      for (const one of [digest, askedDigest]) if (one) denied.set(`${agent} ${one}`, event)
    if (event.type !== 'approval.requested' && event.type !== 'approval.auto_approved') return []
    const earlier = denied.get(`${agent} ${digest}`)
    // Decided anew when its agent goes on, it was asked for before.
    if (!earlier || approvalOf(earlier)?.id === approval.id || wasAskedBefore(approval, earlier)) return []
    if (Date.parse(event.at) - Date.parse(earlier.at) >= rememberMs) return []
    return [
      `Denied: ${agent} was heard with ${digest} (seq ${event.seq}), which was denied before (seq ${earlier.seq}).`,
    ]
  })
}

const wasAskedBefore = (
  { stages }: { readonly stages: { readonly queued: { readonly at: string } } },
  earlier: EventView,
): boolean => Date.parse(stages.queued.at) <= Date.parse(earlier.at)
