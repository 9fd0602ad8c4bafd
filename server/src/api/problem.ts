import { STATUS_CODES } from 'node:http'
import { httpStatus, type Refusal } from '@holdpoint/shared'
import type { FastifyReply } from 'fastify'

/**
 * Answers with a refusal as an RFC 9457 problem: the same code, sentence and details as on a socket.
 * `status` where HTTP tells finer than the catalogue (405).
 */
export function sendProblem(reply: FastifyReply, refusal: Refusal, status = httpStatus(refusal.code)) {
  return reply
    .code(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail: refusal.message,
        code: refusal.code,
        retryable: refusal.retryable,
        ...(refusal.details ? { details: refusal.details } : {}),
      }),
    )
}
