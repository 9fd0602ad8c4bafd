import { type ChannelStanding, canonicalText, digestOf, iso, ok, type Policy } from '@holdpoint/shared'
import type { Decision } from './effects.ts'

/** How a tenant's channels do. Times in ms. */
export interface ChannelsDocument {
  readonly schema: 1
  /** Those that do not work. */
  readonly ailing: Readonly<Record<string, Ailing>>
  /** Those that have worked: channel → the configuration with which it did. */
  readonly proven?: Readonly<Record<string, string>> | undefined
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

/** Whether this try tells something new of the channel: of one that fails, also another reason. */
export function isNews(doc: ChannelsDocument, { channel, config, sent }: ChannelNews): boolean {
  const known = Object.hasOwn(doc.ailing, channel) ? doc.ailing[channel] : undefined
  const current = known?.config === config ? known : undefined
  switch (sent.outcome) {
    case 'delivered':
      return known !== undefined || !isProven(doc, channel, config)
    case 'gone':
      return !current?.disabled
    default:
      return !current?.disabled && current?.reason !== sent.reason
  }
}

const isProven = ({ proven = {} }: ChannelsDocument, channel: string, config: string): boolean =>
  Object.hasOwn(proven, channel) && proven[channel] === config

/** Pure. A channel that answers again is well, also one that was disabled: somebody has tested it. */
export function decideChannel(
  doc: ChannelsDocument,
  news: ChannelNews,
  at: number,
): Decision<ChannelsDocument> {
  if (!isNews(doc, news)) return { answer: ok({}) }
  const { channel, config, sent } = news
  const { [channel]: known, ...others } = doc.ailing
  if (sent.outcome === 'delivered') {
    const proven = { ...doc.proven, [channel]: config }
    // what never failed has not recovered: that the message was delivered is on record with its agent
    return change({ schema: 1, ailing: others, proven }, known && 'channel.recovered', { channel })
  }
  const disabled = sent.outcome === 'gone'
  const wasFailing = known?.config === config
  const since = wasFailing ? known.since : at
  const ailing = { ...others, [channel]: { config, since, reason: sent.reason, disabled } }
  const type = disabled ? 'channel.disabled' : wasFailing ? undefined : 'channel.failing'
  return change({ ...doc, ailing }, type, { channel, reason: sent.reason })
}

const change = (
  doc: ChannelsDocument,
  type: string | undefined,
  data: Readonly<Record<string, unknown>>,
): Decision<ChannelsDocument> => ({
  answer: ok({}),
  effects: {
    doc,
    events: type === undefined ? [] : [{ type, by: 'system', data }],
    deadlines: { set: [], clear: [] },
    records: [],
    blobs: [],
    closeHolders: [],
  },
})

/** What hinders every message through a channel before it is sent. */
export interface Hindrance {
  readonly status: Extract<ChannelStanding['status'], 'no_secret' | 'address_refused'>
  readonly reason: string
}

/** A channel as consoles see it: never an address that is a secret. `hindrance`: what stands in its way now. */
export function channelStanding(
  doc: ChannelsDocument,
  name: string,
  config: Policy['channels'][string],
  hindrance?: Hindrance,
): ChannelStanding {
  const known = standingOf(doc, name, config)
  const shown = { name, kind: config.kind, since: known && iso(known.since), reason: known?.reason }
  if (known?.disabled) return { ...shown, status: 'disabled' }
  if (hindrance) return { ...shown, ...hindrance }
  if (known) return { ...shown, status: 'failing' }
  return { ...shown, status: isProven(doc, name, configDigest(config)) ? 'ok' : 'untried' }
}
