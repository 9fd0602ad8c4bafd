import { refusal } from '@holdpoint/shared'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import { clientAddress } from './client-address.ts'
import { createConnectGate } from './connect-gate.ts'
import { sendProblem } from './problem.ts'

/** One post to a channel's interactivity endpoint; returns the status to answer with. */
export type TakeInteraction = (interaction: {
  readonly tenant: string
  readonly channel: string
  readonly timestamp: string
  readonly signature: string
  readonly raw: string
}) => Promise<number>

const MAX_BYTES = 256 * 1024
/** From one address; all together get four times that. Slack sends everybody's presses from a few. */
const PRESSES = { ratePerSecond: 20, burst: 200 }

interface SlackRouteParts {
  readonly clock: Clock
  readonly trustedProxies: number
  readonly take: TakeInteraction
}

/**
 * `POST /channels/slack/:tenant/:channel`: what Slack sends when a button is pressed, unread, as it was signed. Anybody may
 * post here, and whose it is takes a read of the store and the whole body: so addresses have a bound before either (ID4).
 */
export function registerSlackRoute(
  app: FastifyInstance,
  { clock, trustedProxies, take }: SlackRouteParts,
): void {
  const gate = createConnectGate(clock, PRESSES.ratePerSecond, PRESSES.burst)
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BYTES },
      (_request, body, done) => done(null, body),
    )
    scope.post<{ Params: { tenant: string; channel: string }; Body: unknown }>(
      '/channels/slack/:tenant/:channel',
      {
        onRequest: async ({ raw }, reply) => {
          if (!gate.take(clientAddress(raw, trustedProxies)))
            return sendProblem(reply, refusal('rate_limited'))
        },
      },
      async ({ params, headers, body }, reply) => {
        const header = (name: string): string => {
          const value = headers[name]
          return typeof value === 'string' ? value : ''
        }
        const status = await take({
          tenant: params.tenant,
          channel: params.channel,
          timestamp: header('x-slack-request-timestamp'),
          signature: header('x-slack-signature'),
          raw: typeof body === 'string' ? body : '',
        })
        return reply.code(status).send()
      },
    )
  })
}
