export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

let lastMs = Number.NaN
let lastText = ''

/** Milliseconds since the epoch → ISO 8601 UTC, the only form of a time on the wire. */
export function iso(ms: number): string {
  // one commit writes the time that it was decided at into each of its views
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}

/** As `iso`, and undefined stays undefined. */
export const isoIf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : iso(ms))
