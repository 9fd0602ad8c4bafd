/** An event as it lies in Redis: the rest of its canonical header beside its data, both as text. */
import type { ChangeTexts } from '../change-texts.ts'
import { chainHashOfText, dataDigestOf, headerFields } from '../hash-chain.ts'
import type { Change, CommandId, NewEvent, StoredEvent } from '../store.ts'
import { tenantOf } from './keys.ts'

/** What is kept of an event; its place in the feed is its key. */
export interface EventEntry {
  /** A JSON array without its brackets: the time, and what `headerFields` says. */
  readonly header: string
  /** RFC 8785 text, which the hash is taken over. */
  readonly data: string
}

/** Throws a TypeError for data that is no JSON. */
export const eventEntry = (
  event: NewEvent,
  at: number,
  command: CommandId | undefined,
  texts: ChangeTexts,
): EventEntry => ({
  header: `${at},${headerRest(event, command)}`,
  data: texts.data(event.data),
})

/** The header from the type on, for whom the time is not known yet. */
export const headerRest = (event: Omit<NewEvent, 'data'>, command?: CommandId): string =>
  JSON.stringify(headerFields(event, command)).slice(1, -1)

export function storedEvent(partition: string, seq: number, entry: EventEntry, hash: string): StoredEvent {
  return {
    ...headerOf(partition, seq, entry),
    tenant: tenantOf(partition),
    data: JSON.parse(entry.data),
    hash,
  }
}

/** An event of a change that was just committed: as `storedEvent` would read it. */
export function committedEvent(
  partition: string,
  seq: number,
  event: NewEvent,
  { at, remember }: Change,
  hash: string,
): StoredEvent {
  const { type, agent, by, push, data } = event
  return {
    partition,
    seq,
    at,
    type,
    ...(agent === undefined ? {} : { agent }),
    ...(by === undefined ? {} : { by }),
    ...(push === undefined ? {} : { push }),
    ...(remember === undefined ? {} : { command: remember.command }),
    tenant: tenantOf(partition),
    data,
    hash,
  }
}

/** The hash of the event that follows `previous`. */
export const entryHash = (previous: string, partition: string, seq: number, entry: EventEntry): string =>
  chainHashOfText(previous, partition, seq, entry.header, dataDigestOf(entry.data))

function headerOf(partition: string, seq: number, { header }: EventEntry) {
  const [at, type, agent, by, pushSeq, pushState, principal, key] = JSON.parse(`[${header}]`)
  return {
    partition,
    seq,
    at,
    type,
    ...(agent === null ? {} : { agent }),
    ...(by === null ? {} : { by }),
    ...(pushSeq === null ? {} : { push: { seq: pushSeq, state: pushState } }),
    ...(principal === null ? {} : { command: { principal, key } }),
  }
}
