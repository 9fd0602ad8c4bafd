import { refusal } from '@holdpoint/shared'
import type { FastifyInstance } from 'fastify'
import { NONCE_PATTERN, proveInstance } from '../auth/instance-proof.ts'
import type { Keys } from '../auth/keys.ts'
import type { Clock } from '../clock.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { sendProblem } from './problem.ts'

/** From one address: each proof is a signature, half a millisecond, and a script may run many commands. */
const PROOFS = { ratePerSecond: 50, burst: 200 }

/**
 * `GET /v1/instance?nonce=…` answers `{ proof }`: that the keys which sign it are this server's, and at which ports it is
 * reached (instance-proof.ts). `publicUrl`: where a proxy stands before it.
 */
export function registerInstanceProof(
  app: FastifyInstance,
  {
    keys,
    clock,
    publicUrl,
    trustedProxies,
  }: {
    readonly keys: Keys
    readonly clock: Clock
    readonly publicUrl: string | undefined
    readonly trustedProxies: number
  },
): void {
  const gate = createConnectGate(clock, PROOFS.ratePerSecond, PROOFS.burst)
  const proxied = publicUrl === undefined ? [] : [portOf(new URL(publicUrl))]
  app.get('/v1/instance', async ({ raw, query }, reply) => {
    if (!gate.take(clientAddress(raw, trustedProxies))) return sendProblem(reply, refusal('rate_limited'))
    const { nonce } = query as { readonly nonce?: unknown }
    if (typeof nonce !== 'string' || !NONCE_PATTERN.test(nonce))
      return sendProblem(reply, refusal('invalid', 'Send a nonce of 22 to 64 letters of base64url.'))
    const ports = [...proxied, ...(raw.socket.localPort === undefined ? [] : [raw.socket.localPort])]
    return reply.send({ proof: await proveInstance(keys, { nonce, ports, clock }) })
  })
}

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80)
