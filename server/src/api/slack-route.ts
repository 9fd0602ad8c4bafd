import type { FastifyInstance } from 'fastify'

/** One post to a channel's interactivity endpoint; returns the status to answer with. */
export type TakeInteraction = (interaction: {
  readonly tenant: string
  readonly channel: string
  readonly timestamp: string
  readonly signature: string
  readonly raw: string
}) => Promise<number>

const MAX_BYTES = 256 * 1024

/** `POST /channels/slack/:tenant/:channel`: what Slack sends when a button is pressed, unread, as it was signed. */
export function registerSlackRoute(app: FastifyInstance, take: TakeInteraction): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BYTES },
      (_request, body, done) => done(null, body),
    )
    scope.post<{ Params: { tenant: string; channel: string }; Body: unknown }>(
      '/channels/slack/:tenant/:channel',
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
