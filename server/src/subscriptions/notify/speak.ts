import type { AddressGuard } from './address-guard.ts'
import { sendEmail } from './email.ts'
import { failed, retry, type Sent } from './message.ts'
import type { Speak } from './notifier.ts'
import { sendPagerDuty } from './pagerduty.ts'
import type { SecretOf } from './secrets.ts'
import { sendSlack } from './slack.ts'
import { sendWebhook } from './webhook.ts'

/** Where Slack and PagerDuty are, where not at home: for a proxy, or a counterpart in tests. */
export interface Bases {
  readonly slack?: string
  readonly pagerduty?: string
}

/** Says a message by whichever kind of channel it is; secrets are looked up for each. */
export function createSpeak({
  secretOf,
  guard,
  now,
  bases = {},
}: {
  readonly secretOf: SecretOf
  readonly guard: AddressGuard
  /** The wall clock, ms: receivers compare signatures with theirs. */
  readonly now: () => number
  readonly bases?: Bases | undefined
}): Speak {
  const withSecret = async (name: string, use: (secret: string) => Promise<Sent>): Promise<Sent> => {
    const secret = await secretOf(name)
    return secret === undefined ? failed(`The server has no secret named "${name}".`) : use(secret)
  }

  const speak: Speak = async ({ config, to }, message) => {
    switch (config.kind) {
      case 'webhook':
        return withSecret(config.secret, (secret) =>
          sendWebhook(config, message, { secret, guard, now: now() }),
        )
      case 'email':
        return withSecret(config.smtp, (smtp) => sendEmail(config, to, message, smtp))
      case 'slack':
        return withSecret(config.token, (token) =>
          sendSlack(config, to[0] ?? '', message, { token, base: bases.slack }),
        )
      case 'pagerduty':
        return withSecret(config.routingKey, (routingKey) =>
          sendPagerDuty(config, message, { routingKey, responder: to[0], base: bases.pagerduty }),
        )
    }
  }

  return (endpoint, message) =>
    speak(endpoint, message).catch((error: unknown) =>
      retry(error instanceof Error ? error.message : String(error)),
    )
}
