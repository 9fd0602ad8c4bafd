import { createHmac, timingSafeEqual } from 'node:crypto'

/** Older than that a request may be a recording. */
const LONGEST_MS = 5 * 60_000

/** Whether Slack signed this body (v0), no more than five minutes from `now`. Everything but that is no. */
export function isSignedBySlack(
  {
    timestamp,
    signature,
    raw,
  }: { readonly timestamp: string; readonly signature: string; readonly raw: string },
  secret: string,
  now: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1_000) > LONGEST_MS) return false
  const expected = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${raw}`).digest('hex')}`
  const [given, right] = [Buffer.from(signature), Buffer.from(expected)]
  return given.length === right.length && timingSafeEqual(given, right)
}
