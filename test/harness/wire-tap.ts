import { newId } from '@holdpoint/shared'
import { Socket } from 'socket.io-client'

/** One request as it left, or the answer to it as it came. Times: ms of the wall clock. */
export type Tapped =
  | {
      readonly kind: 'sent'
      readonly at: number
      readonly principal: string
      readonly exchange: string
      readonly name: string
      readonly body: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'answered'; readonly at: number; readonly exchange: string; readonly answer: unknown }

/**
 * Notes what all Socket.IO clients of this process send and are answered, whoever drives them, without touching it.
 * `wants` chooses by event name. Returns what takes the tap off.
 */
export function tapWire(wants: (event: string) => boolean, note: (tapped: Tapped) => void): () => void {
  const { emit } = Socket.prototype
  Socket.prototype.emit = function (this: Socket, event: string, ...args: unknown[]) {
    const acknowledge = args.at(-1)
    if (typeof acknowledge !== 'function' || !wants(event)) return emit.call(this, event, ...args)
    const exchange = newId()
    const body = args[0] as Readonly<Record<string, unknown>>
    note({ kind: 'sent', at: Date.now(), principal: subjectOf(this), exchange, name: event, body })
    // With a time-out, the first argument is its error.
    const at = (this as unknown as { flags: { timeout?: number } }).flags.timeout === undefined ? 0 : 1
    const heard = (...given: unknown[]): void => {
      if (at === 0 || !given[0]) note({ kind: 'answered', at: Date.now(), exchange, answer: given[at] })
      acknowledge(...given)
    }
    return emit.call(this, event, ...args.slice(0, -1), heard)
  } as typeof emit
  return () => {
    Socket.prototype.emit = emit
  }
}

/** Whose token the connection presented. */
function subjectOf({ auth }: Socket): string {
  const { token } = auth as { readonly token: string }
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }
  return claims.sub
}
