import type { Outcome } from '../model/outcomes.ts'
import { clockTime } from '../model/time.ts'
import { Text } from './text.tsx'

/** How something ended: what, by whom, when, in which words. Never an error: somebody was quicker. */
export function OutcomeLine({ outcome }: { readonly outcome: Outcome }) {
  const { what, tone, by, how, at, words } = outcome
  return (
    <p class={`outcome ${tone}`} role="status">
      <strong>{what}</strong>
      {by === undefined ? null : <> by {by}</>}
      {at === undefined ? null : <> at {clockTime(at)}</>}
      {how === undefined ? null : <>, {how}</>}
      {words === undefined ? null : (
        <>
          : “<Text>{words}</Text>”
        </>
      )}
    </p>
  )
}
