import type { IncomingHttpHeaders } from 'node:http'

/**
 * ID4: a browser says where its page came from; what says nothing is no browser. Pages of this very server may
 * connect, others only from a listed origin.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
