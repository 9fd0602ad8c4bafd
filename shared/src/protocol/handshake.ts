import { z } from 'zod'

/** What a client presents in the Socket.IO handshake's `auth`. */
export const handshake = z.strictObject({
  token: z.string().min(1).max(8_192),
  protocol: z.int(),
  sdk: z.string().max(100).optional(),
})
export type Handshake = z.infer<typeof handshake>

/** The server's first word on every connection. */
export interface Hello {
  readonly protocol: number
  readonly minor: number
  readonly features: readonly string[]
  /** ISO 8601: the server's clock, for countdowns only (PR8). */
  readonly now: string
  readonly limits: {
    readonly messageBytes: number
    readonly actionBytes: number
    readonly depth: number
    readonly leaseMaxMs: number
  }
}
