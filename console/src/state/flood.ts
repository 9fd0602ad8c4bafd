import { type ApprovalView, MINUTE } from '@holdpoint/shared'
import { computed } from '@preact/signals'
import { FLOOD, SLOT_MS } from '../model/insight.ts'
import { items, now, onEvent } from './live.ts'
import { ofPerson } from './of-person.ts'

/** More are not told apart: it is a flood by then. */
const KEPT = 999
/** When requests came that this page saw come, the oldest first. Unit: ms. */
const arrivals = ofPerson<readonly number[]>([])

/** How many requests came in the last ten minutes, where that is more than anybody judges one by one. */
export const flood = computed(() => {
  // to the minute: it need not be counted again each second
  const from = Math.floor(now.value / MINUTE) * MINUTE - SLOT_MS
  const seen = arrivals.value.filter((at) => at > from).length
  const waiting = items.value.filter(
    ({ kind, view }) => kind === 'approval' && Date.parse((view as ApprovalView).stages.queued.at) > from,
  ).length
  const count = Math.max(seen, waiting)
  return count >= FLOOD ? count : undefined
})

/** Counts what comes in. */
export function followFlood(): void {
  onEvent(({ type, at }) => {
    if (type !== 'approval.requested') return
    const time = Date.parse(at)
    arrivals.value = [...arrivals.value.slice(-KEPT), time]
  })
}
