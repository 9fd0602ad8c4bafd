import { type ChannelStanding, canonicalText, digestOf, iso, ok, type Policy } from '@holdpoint/shared'
import type { Decision } from './effects.ts'

/** How a tenant's channels do: only those that do not work are listed. Times in ms. */
export interface ChannelsDocument {
  readonly schema: 1
  readonly ailing: Readonly<Record<string, Ailing>>
}

interface Ailing {
  /** Of the configuration that this is about: with another one it starts afresh. */
  readonly config: string
  readonly since: number
  readonly reason: string
  /** It answered that it never wants to be told again. */
  readonly disabled: boolean
}

/** How one try through a channel went. */
export interface ChannelNews {
  readonly channel: string
  readonly config: string
  readonly sent:
    | { readonly outcome: 'delivered' }
    | { readonly outcome: 'retry' | 'failed' | 'gone'; readonly reason: string }
}

export const allWell: ChannelsDocument = { schema: 1, ailing: {} }

export function readChannelsDocument(stored: unknown): ChannelsDocument {
  const { schema } = stored as { schema: number }
  if (schema !== 1) throw new Error(`a channels document of schema ${schema} needs a newer server`)
  return stored as ChannelsDocument
}

export const configDigest = (config: Policy['channels'][string]): string => digestOf(canonicalText(config))

/** What is known against a channel as it is configured now. */
export function standingOf(
  { ailing }: ChannelsDocument,
  channel: string,
  config: Policy['channels'][string],
): { readonly since: number; readonly reason: string; readonly disabled?: Ailing | undefined } | undefined {
  const known = Object.hasOwn(ailing, channel) ? ailing[channel] : undefined
  if (!known || known.config !== configDigest(config)) return undefined
  return { ...known, disabled: known.disabled ? known : undefined }
}

/** Whether this try tells something new of the channel. */
export function isNews({ ailing }: ChannelsDocument, { channel, config, sent }: ChannelNews): boolean {
  const known = Object.hasOwn(ailing, channel) ? ailing[channel] : undefined
  const current = known?.config === config ? known : undefined
  switch (sent.outcome) {
    case 'delivered':
      return known !== undefined
    case 'gone':
      return !current?.disabled
    default:
      return current === undefined
  }
}

/** Pure. A channel that answers again is well, also one that was disabled: somebody has tested it. */
export function decideChannel(
  doc: ChannelsDocument,
  news: ChannelNews,
  at: number,
): Decision<ChannelsDocument> {
  if (!isNews(doc, news)) return { answer: ok({}) }
  const { channel, config, sent } = news
  const { [channel]: known, ...others } = doc.ailing
  if (sent.outcome === 'delivered')
    return change({ schema: 1, ailing: others }, 'channel.recovered', { channel })
  const disabled = sent.outcome === 'gone'
  const since = known?.config === config ? known.since : at
  const ailing = { ...others, [channel]: { config, since, reason: sent.reason, disabled } }
  const type = disabled ? 'channel.disabled' : 'channel.failing'
  return change({ schema: 1, ailing }, type, { channel, reason: sent.reason })
}

const change = (
  doc: ChannelsDocument,
  type: string,
  data: Readonly<Record<string, unknown>>,
): Decision<ChannelsDocument> => ({
  answer: ok({}),
  effects: {
    doc,
    events: [{ type, by: 'system', data }],
    deadlines: { set: [], clear: [] },
    records: [],
    blobs: [],
    closeHolders: [],
  },
})

/** A channel as consoles see it: never an address that is a secret. */
export function channelStanding(
  doc: ChannelsDocument,
  name: string,
  config: Policy['channels'][string],
): ChannelStanding {
  const known = standingOf(doc, name, config)
  return {
    name,
    kind: config.kind,
    status: known ? (known.disabled ? 'disabled' : 'failing') : 'ok',
    since: known && iso(known.since),
    reason: known?.reason,
  }
}
