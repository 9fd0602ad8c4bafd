export type TokenSource = string | (() => string | Promise<string>)

/** Fetches a token to present. */
export const fetchToken = async (source: TokenSource): Promise<string> =>
  typeof source === 'string' ? source : source()

/** Part of what is left of a token's life after which a new one is fetched. */
const REFRESH_AT = 0.75
const LEAST_WAIT_MS = 1_000

/**
 * When to refresh a token, ms from `serverNow` (ms since the epoch): at three quarters of what is left of it.
 * Undefined where it doesn't say when it expires. Read without verifying it: that is the server's business.
 */
export function refreshInMs(token: string, serverNow: number): number | undefined {
  const expiresAt = expiryOf(token)
  return expiresAt === undefined ? undefined : Math.max(LEAST_WAIT_MS, (expiresAt - serverNow) * REFRESH_AT)
}

/** `exp` of a JWT (RFC 7519 4.1.4) in ms, if this is a JWT that has one. */
function expiryOf(token: string): number | undefined {
  const payload = token.split('.')[1]
  if (payload === undefined) return undefined
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown }
    return typeof exp === 'number' ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
