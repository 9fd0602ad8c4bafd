import { setTimeout as sleep } from 'node:timers/promises'
import type { Policy } from '@holdpoint/shared'
import type { Hindrance } from '../../domain/channels-document.ts'
import type { AddressGuard } from './address-guard.ts'
import { sendEmail } from './email.ts'
import { failed, retry, type Sent } from './message.ts'
import type { Speak } from './notifier.ts'
import { sendPagerDuty } from './pagerduty.ts'
import { refusalOf } from './post.ts'
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
    return secret === undefined ? failed(noSecret(name)) : use(secret)
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

const noSecret = (name: string): string =>
  `The server has no secret named "${name}": set HOLDPOINT_SECRET_${name.toUpperCase().replaceAll('-', '_')}, or put a file of that name into the folder HOLDPOINT_SECRETS.`

/** What would hinder a message through this channel now, as far as can be told without sending one. */
export type HindranceOf = (config: Policy['channels'][string]) => Promise<Hindrance | undefined>

/** A name that takes longer to look up is no reason to keep a list waiting. Unit: ms. */
const LOOKUP_WITHIN_MS = 1_000

export const createHindranceOf =
  (ports: { readonly secretOf: SecretOf; readonly guard: AddressGuard }): HindranceOf =>
  async (config) => {
    const name = secretNameOf(config)
    if ((await ports.secretOf(name)) === undefined) return { status: 'no_secret', reason: noSecret(name) }
    if (config.kind !== 'webhook') return undefined
    const late = sleep(LOOKUP_WITHIN_MS, undefined, { ref: false })
    const reason = await Promise.race([refusalOf(new URL(config.url), ports.guard), late])
    return reason === undefined ? undefined : { status: 'address_refused', reason }
  }

function secretNameOf(config: Policy['channels'][string]): string {
  switch (config.kind) {
    case 'webhook':
      return config.secret
    case 'email':
      return config.smtp
    case 'slack':
      return config.token
    case 'pagerduty':
      return config.routingKey
  }
}
