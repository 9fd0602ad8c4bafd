import { iso, type Policy } from '@holdpoint/shared'
import { failed, headline, type Message, retry, type Sent } from './message.ts'
import { post } from './post.ts'
import { sentOf } from './webhook.ts'

export type PagerDutyChannel = Extract<Policy['channels'][string], { readonly kind: 'pagerduty' }>

const HOSTS = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' } as const
const ACTIONS = { page: 'trigger', acknowledged: 'acknowledge', closed: 'resolve', test: 'trigger' } as const
/** Priority 1 to 5. */
const SEVERITIES = ['critical', 'error', 'warning', 'warning', 'info'] as const

/**
 * Events API v2: trigger, acknowledge and resolve one alert per item, told apart by its `dedup_key`. An event can not name whom
 * it is for; `responder`, a PagerDuty user id, goes along for the rules of the service to route by.
 */
export async function sendPagerDuty(
  { region }: PagerDutyChannel,
  message: Message,
  {
    routingKey,
    responder,
    base = HOSTS[region],
  }: {
    readonly routingKey: string
    readonly responder?: string | undefined
    readonly base?: string | undefined
  },
): Promise<Sent> {
  const { says, item, link, agent, tenant, at } = message
  const severity = item?.kind === 'ticket' ? SEVERITIES[item.view.priority - 1] : 'error'
  const event = {
    routing_key: routingKey,
    event_action: ACTIONS[says],
    dedup_key: `holdpoint/${tenant}/${item?.view.id ?? message.id}`,
    ...(ACTIONS[says] === 'trigger' && {
      payload: {
        summary: headline(message).slice(0, 1_024),
        source: agent,
        severity: item ? severity : 'info',
        timestamp: iso(at),
        component: 'holdpoint',
        custom_details: item && { kind: item.kind, id: item.view.id, step: item.view.page?.step, responder },
      },
      ...(link !== undefined && { links: [{ href: link, text: 'Look at it in Holdpoint' }] }),
    }),
  }
  try {
    const { status, text } = await post(new URL('/v2/enqueue', base), {
      body: JSON.stringify(event),
      headers: { 'content-type': 'application/json' },
    })
    const sent = sentOf(status)
    // a routing key that was deleted answers 410 as well, and there is nobody to ask for another
    return sent.outcome === 'failed' ? failed(`${sent.reason} ${problem(text)}`.trim()) : sent
  } catch (error) {
    return retry(error instanceof Error ? error.message : String(error))
  }
}

function problem(text: string): string {
  try {
    const { message, errors = [] } = JSON.parse(text) as { message?: string; errors?: readonly string[] }
    return [message, ...errors].filter(Boolean).join('; ').slice(0, 200)
  } catch {
    return ''
  }
}
