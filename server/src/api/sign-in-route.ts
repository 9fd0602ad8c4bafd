import { refusal } from '@holdpoint/shared'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import type { SignIn } from '../commands/sign-in.ts'
import { createFloodGate } from './flood-gate.ts'
import { sendProblem } from './problem.ts'

/** For everybody together: a secret has 256 bits, so this is about the load, not about guessing. */
const CLAIMS = { ratePerSecond: 5, burst: 50 }
const MAX_BODY = 1_024

/**
 * `POST /v1/sign-in/link { link }`: claims a one-time link and answers `{ token, expiresInMs }`. A POST, and JSON, so that
 * neither a mail scanner that opens addresses nor a form of another site can claim one.
 */
export function registerSignIn(app: FastifyInstance, clock: Clock, signIn: Pick<SignIn, 'claim'>): void {
  const gate = createFloodGate(clock, CLAIMS.ratePerSecond, CLAIMS.burst)
  app.post('/v1/sign-in/link', { bodyLimit: MAX_BODY }, async (request, reply) => {
    if (!gate.take()) return sendProblem(reply, refusal('rate_limited'))
    const { link, ...more } = (request.body ?? {}) as { readonly link?: unknown }
    if (typeof link !== 'string' || Object.keys(more).length > 0)
      return sendProblem(reply, refusal('invalid', 'Send { "link": "…" } as JSON.', { path: '/link' }))
    const claimed = await signIn.claim(link)
    return claimed.ok ? reply.send(claimed.value) : sendProblem(reply, claimed.error)
  })
}
