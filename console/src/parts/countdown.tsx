import { MINUTE } from '@holdpoint/shared'
import { duration } from '../model/time.ts'
import { now } from '../state/live.ts'

/** What is left until a deadline, by the server's clock. */
export function Countdown({ deadline }: { readonly deadline: number }) {
  if (deadline >= Number.MAX_SAFE_INTEGER) return null
  const left = deadline - now.value
  const tone = left <= 0 ? 'over' : left < 2 * MINUTE ? 'urgent' : left < 15 * MINUTE ? 'soon' : ''
  return (
    <time class={`countdown ${tone}`} dateTime={new Date(deadline).toISOString()}>
      {left <= 0 ? 'expired' : duration(left)}
    </time>
  )
}
