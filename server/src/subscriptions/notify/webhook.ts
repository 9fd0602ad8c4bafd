import { createHmac } from 'node:crypto'
import { iso, type Policy } from '@holdpoint/shared'
import type { AddressGuard } from './address-guard.ts'
import { DELIVERED, failed, type Message, retry, type Sent } from './message.ts'
import { AddressRefused, post } from './post.ts'

export type WebhookChannel = Extract<Policy['channels'][string], { readonly kind: 'webhook' }>

const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/

/** Posts a message, signed as Standard Webhooks says; `webhook-id` stays the same on every try. */
export async function sendWebhook(
  { url }: WebhookChannel,
  message: Message,
  { secret, guard, now }: { readonly secret: string; readonly guard: AddressGuard; readonly now: number },
): Promise<Sent> {
  const key = SECRET.exec(secret)?.[1]
  if (key === undefined) return failed('Its secret must be whsec_ and 24 to 64 bytes in base64.')
  const timestamp = String(Math.floor(now / 1_000))
  const body = JSON.stringify(payloadOf(message))
  const signed = createHmac('sha256', Buffer.from(key, 'base64')).update(`${message.id}.${timestamp}.${body}`)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'holdpoint',
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signed.digest('base64')}`,
  }
  try {
    return sentOf((await post(new URL(url), { body, headers, guard })).status)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return error instanceof AddressRefused ? failed(reason) : retry(reason)
  }
}

/** What an answer's status means for a message (Standard Webhooks, "Deliverability and reliability"). */
export function sentOf(status: number): Sent {
  if (status >= 200 && status < 300) return DELIVERED
  const reason = `It answered ${status}.`
  if (status === 410) return { outcome: 'gone', reason }
  if (status >= 300 && status < 400) return failed(`${reason} Redirects are not followed.`)
  const later = status >= 500 || status === 408 || status === 425 || status === 429
  return later ? retry(reason) : failed(reason)
}

function payloadOf({ says, reminds, item, agent, link, at }: Message): object {
  const type = item ? `${item.kind}.${says === 'page' ? 'paged' : says}` : 'channel.test'
  return {
    type,
    timestamp: iso(at),
    data: { agent, link, reminder: reminds, ...(item && { [item.kind]: item.view }) },
  }
}
