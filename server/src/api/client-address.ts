import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * From where a request comes (ID4): the connection's other end, or behind `trustedProxies` proxies of ours what the
 * outermost of them wrote into `X-Forwarded-For`. Each adds the address that it saw at the end, so that only so many
 * entries from there are ours; what stands before them, anybody may have written.
 */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  trustedProxies: number,
): string | undefined {
  if (trustedProxies === 0) return socket.remoteAddress
  const forwarded = headers['x-forwarded-for']
  const entries = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',')
  const seen = entries.at(-trustedProxies)?.trim() ?? ''
  // fewer proxies than were said, or none of ours: one bound for all that come that way
  return isIP(seen) === 0 ? socket.remoteAddress : seen
}
