/** What the socket server is given. */
import type { Result } from '@holdpoint/shared'
import type { Principal } from '../auth/principal.ts'
import type { Verifier } from '../auth/tokens.ts'
import type { Clock } from '../clock.ts'
import type { Revocations } from '../commands/revocations.ts'
import type { Desk, Line } from './line.ts'

/** What one connection may ask for. */
export interface SocketLimits {
  /** Requests a second, and at once. */
  readonly ratePerSecond: number
  readonly burst: number
  /** Requests that wait for their answer. */
  readonly inFlight: number
  /** New connections from one remote address, a second and at once; from all together, four times as many. */
  readonly connectsPerSecond: number
  readonly connectBurst: number
}

export const defaultLimits: SocketLimits = {
  ratePerSecond: 200,
  burst: 400,
  inFlight: 256,
  connectsPerSecond: 500,
  connectBurst: 2_000,
}

export type Space = '/agent' | '/operator'

export interface SocketPorts {
  readonly clock: Clock
  readonly verifier: Verifier
  readonly revocations: Revocations
  /** ID2: whether the person whose credential this is may act at all; anybody else's passes. */
  readonly standing: (principal: Principal) => Promise<Result<unknown>>
  readonly origins: readonly string[]
  readonly trustedProxies: number
  /** For `hello`, which informs; what counts is granted by `run.start`. */
  readonly leaseMaxMs: (tenant: string) => number
  readonly limits: SocketLimits
  /** ID1: whom each namespace admits. */
  readonly admit: Readonly<Record<Space, (principal: Principal) => Result<unknown>>>
  readonly desks: Readonly<Record<Space, (line: Line) => Desk>>
  /** One request was answered; `name` is the client's own word and may be anything. */
  readonly answered: (space: Space, name: string, code: string) => void
  readonly log: SocketLog
}

export interface SocketLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
