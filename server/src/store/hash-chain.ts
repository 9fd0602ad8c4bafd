/**
 * The hash chain of a partition's log (PR7). Each event's hash covers the hash before it, its canonical header and
 * the digest of its data, so that data can be erased, leaving its digest, without breaking the chain.
 *
 *   hash = hex sha256( previous hash ‖ "\n" ‖ header ‖ "\n" ‖ data digest )
 *
 * The header is a JSON array of strings, integers and null in a fixed order, which JSON.stringify writes exactly as
 * RFC 8785 would; the data digest is taken over the data's RFC 8785 text.
 */
import { hash } from 'node:crypto'
import { canonicalText } from '@holdpoint/shared'
import type { CommandId, NewEvent } from './store.ts'

/** What the chain says about an event beside its data. */
export interface EventHeader extends Omit<NewEvent, 'data'> {
  readonly partition: string
  readonly seq: number
  readonly at: number
  readonly command?: CommandId | undefined
}

/** An event as it is verified: with its data, or with the digest that erased data left behind. */
export type ChainedEvent = EventHeader & { readonly hash: string } & (
    | { readonly data: Readonly<Record<string, unknown>> }
    | { readonly dataDigest: string }
  )

/** Where a chain stands; the empty hash comes before a partition's first event. */
export interface ChainPosition {
  readonly seq: number
  readonly hash: string
}

/** The first event that does not fit; `reason` is a sentence. */
export interface ChainBreak {
  readonly seq: number
  readonly reason: string
}

/** Hex sha256 of an event's data, from its canonical text. */
export const dataDigestOf = (canonicalData: string): string => sha256(canonicalData)

/** The hash of an event that follows `previous` (hex, or empty at the start). */
export function chainHash(previous: string, header: EventHeader, dataDigest: string): string {
  return sha256(`${previous}\n${canonicalHeader(header)}\n${dataDigest}`)
}

/** The same, where the header is text already, from the time on: that and `headerFields`, a JSON array without its brackets. */
export function chainHashOfText(
  previous: string,
  partition: string,
  seq: number,
  header: string,
  dataDigest: string,
): string {
  return sha256(`${previous}\n[${LAYOUT},${JSON.stringify(partition)},${seq},${header}]\n${dataDigest}`)
}

/**
 * Walks a partition's events and returns the first break, or undefined where everything after `from` fits.
 * Ending early is no break: compare the last hash with a head or a seal that was kept elsewhere.
 */
export function verifyChain(
  events: Iterable<ChainedEvent>,
  from: ChainPosition = { seq: 0, hash: '' },
): ChainBreak | undefined {
  let { seq, hash: previous } = from
  for (const event of events) {
    if (event.seq !== seq + 1)
      return { seq: event.seq, reason: `Event ${seq + 1} is missing: ${event.seq} follows ${seq}.` }
    const dataDigest = 'data' in event ? dataDigestOf(canonicalText(event.data)) : event.dataDigest
    if (chainHash(previous, event, dataDigest) !== event.hash)
      return { seq: event.seq, reason: `Event ${event.seq} is not the one that was written.` }
    seq = event.seq
    previous = event.hash
  }
  return undefined
}

/** This layout's version: a later one must not be mistaken for it. */
const LAYOUT = 1

/** What a header holds behind the event's place and time, in the order that the hash is taken over. */
export const headerFields = (event: Omit<NewEvent, 'data'>, command: CommandId | undefined) => [
  event.type,
  event.agent ?? null,
  event.by ?? null,
  event.push?.seq ?? null,
  event.push?.state ?? null,
  command?.principal ?? null,
  command?.key ?? null,
]

const canonicalHeader = (event: EventHeader): string =>
  JSON.stringify([LAYOUT, event.partition, event.seq, event.at, ...headerFields(event, event.command)])

const sha256 = (text: string): string => hash('sha256', text, 'hex')
