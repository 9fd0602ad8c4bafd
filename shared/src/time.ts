export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Milliseconds since the epoch → ISO 8601 UTC, the only form of a time on the wire. */
export const iso = (ms: number): string => new Date(ms).toISOString()

/** As `iso`, and undefined stays undefined. */
export const isoIf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : iso(ms))
