import { duration } from '../model/time.ts'
import { now } from '../state/live.ts'

/** How long ago that was, by the server's clock. */
export const Age = ({ since }: { readonly since: string }) => (
  <>{duration(now.value - Date.parse(since))} ago</>
)
