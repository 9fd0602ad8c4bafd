import type { Policy } from '@holdpoint/shared'
import { DELIVERED, failed, headline, type Message, retry, type Sent } from './message.ts'
import { post } from './post.ts'
import { slackBlocks } from './slack-message.ts'

export type SlackChannel = Extract<Policy['channels'][string], { readonly kind: 'slack' }>

const BASE = 'https://slack.com'
/** Slack's own words for what will not get better by trying again. */
const FINAL = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'missing_scope',
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'user_not_found',
  'invalid_blocks',
]

/** Posts a message to a conversation, or to a member's own; its metadata carry the id, the same on every try. */
export async function sendSlack(
  { signingSecret }: SlackChannel,
  to: string,
  message: Message,
  { token, base }: { readonly token: string; readonly base?: string | undefined },
): Promise<Sent> {
  const text = {
    channel: to,
    text: headline(message),
    blocks: slackBlocks(message, { buttons: signingSecret !== undefined }),
    unfurl_links: false,
    unfurl_media: false,
    mrkdwn: false,
    metadata: { event_type: 'holdpoint', event_payload: { id: message.id } },
  }
  try {
    const error = await postToSlack('chat.postMessage', text, { token, base })
    if (error === undefined) return DELIVERED
    const reason = `Slack refused it: ${error}.`
    return FINAL.includes(error) ? failed(reason) : retry(reason)
  } catch (error) {
    return retry(error instanceof Error ? error.message : String(error))
  }
}

/** Calls one method of Slack's Web API: its own word for what is wrong, or undefined. Rejects where it can't be told. */
export async function postToSlack(
  method: string,
  message: object,
  { token, base = BASE }: { readonly token: string; readonly base?: string | undefined },
): Promise<string | undefined> {
  const { status, text } = await post(new URL(`/api/${method}`, base), {
    body: JSON.stringify(message),
    headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${token}` },
  })
  if (status !== 200) throw new Error(`Slack answered ${status}.`)
  const { ok, error = 'unknown' } = JSON.parse(text) as { ok: boolean; error?: string }
  return ok ? undefined : error.slice(0, 64)
}
