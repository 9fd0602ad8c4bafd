import type { ApprovalView, TicketView } from '@holdpoint/shared'

/** How something ended: what was done, by whom, when, and in which words. */
export interface Outcome {
  readonly what: string
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly by?: string | undefined
  /** What those who released it did besides pressing. */
  readonly how?: string | undefined
  readonly at?: string | undefined
  readonly words?: string | undefined
}

/** Undefined while it waits. */
export function approvalOutcome(view: ApprovalView): Outcome | undefined {
  const { status, decidedBy: by, stages, reason, response, note } = view
  const at = stages.decided?.at
  switch (status) {
    case 'pending':
      return undefined
    case 'approved':
      return {
        what: view.askedDigest ? 'approved with edits' : 'approved',
        tone: 'good',
        by,
        at,
        how: withFactor(view) ? 'with a second factor' : undefined,
        words: note,
      }
    case 'auto_approved':
      return { what: 'approved by policy', tone: 'good', at }
    case 'denied':
      return response === undefined
        ? { what: 'denied', tone: 'bad', by, at, words: reason }
        : { what: 'answered instead', tone: 'neutral', by, at, words: response }
    case 'expired':
      return { what: 'expired', tone: 'neutral', at, words: 'nobody decided in time' }
    case 'cancelled':
      return { what: 'withdrawn', tone: 'neutral', at, words: reason }
  }
}

const withFactor = ({ signatures = [] }: ApprovalView): boolean =>
  signatures.length > 0 && signatures.every(({ factor }) => factor !== undefined)

/** Undefined while it is open. */
export function ticketOutcome(view: TicketView): Outcome | undefined {
  const { status, closedBy: by, closedAt: at, resolution } = view
  if (status === 'open' || status === 'acknowledged') return undefined
  if (status === 'resolved')
    return {
      what: view.kind === 'question' ? 'answered' : 'resolved',
      tone: 'good',
      by,
      at,
      words: resolution,
    }
  return { what: status, tone: 'neutral', at }
}
