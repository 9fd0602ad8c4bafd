/** A change as the arguments of commit.lua; encoded when it is accepted, so that one that can't be written fails alone. */
import { newId } from '@holdpoint/shared'
import { ChangeTexts } from '../change-texts.ts'
import { patchText } from '../document-patch.ts'
import type { Change, DocumentRef } from '../store.ts'
import { type EventEntry, eventEntry } from './event-entry.ts'
import { documentName } from './keys.ts'

export interface EncodedChange {
  readonly change: Change
  /** By which the script knows it, and what it leads to. */
  readonly attempt: string
  readonly entries: readonly EventEntry[]
  readonly args: readonly string[]
  /** Roughly, in characters. */
  readonly size: number
}

/**
 * Throws a TypeError for what JSON can't hold, and for numbers that are none: a script that met one halfway could not take
 * back what it had written.
 */
export function encodeChange(change: Change): EncodedChange {
  const {
    ref,
    events,
    deadlines = {},
    records = [],
    blobs = [],
    remember,
    closeHolders = [],
    restsOn = [],
  } = change
  const texts = new ChangeTexts()
  const entries = events.map((event) => eventEntry(event, change.at, remember?.command, texts))
  const attempt = newId()
  const args = [
    attempt,
    documentName(ref),
    numberText(change.expectedVersion),
    change.expectedWrite ?? '',
    change.notAfter === undefined ? '' : numberText(change.notAfter),
    numberText(change.at),
    ...documentArgs(change),
    ...answerArgs(remember, texts),
    String(events.length),
    ...events.flatMap((event, i) => [
      entries[i]?.header ?? '',
      entries[i]?.data ?? '',
      event.type,
      event.agent ?? '',
      event.by ?? '',
      event.push && event.agent !== undefined ? numberText(event.push.seq) : '',
    ]),
    ...counted(deadlines.clear ?? [], (name) => [deadlineMember(ref, name)]),
    ...counted(deadlines.set ?? [], ({ name, dueAt }) => [deadlineMember(ref, name), numberText(dueAt)]),
    ...counted(blobs, ({ digest, text }) => [digest, text]),
    ...counted(records, ({ kind, id, agent = '', status, open, at, data }) => [
      kind,
      id,
      agent,
      status,
      open ? '1' : '0',
      numberText(at),
      texts.json(data),
    ]),
    ...counted(closeHolders, (holder) => [holder]),
    ...counted(restsOn, ({ ref: on, version, write = '' }) => [documentName(on), numberText(version), write]),
  ]
  return { change, attempt, entries, args, size: args.reduce((sum, { length }) => sum + length, 0) }
}

/** The field that a command's answer is kept in. */
export const answerField = ({ principal, key }: { principal: string; key: string }): string =>
  JSON.stringify([principal, key])

/** A deadline's name in its partition; `deadlineOf` reads it. */
const deadlineMember = ({ kind, id }: DocumentRef, name: string): string => JSON.stringify([kind, id, name])

export function deadlineOf(
  tenant: string,
  member: string,
): { readonly ref: DocumentRef; readonly name: string } {
  const [kind, id, name] = JSON.parse(member)
  return { ref: { tenant, kind, id }, name }
}

/**
 * A document is written whole once in so many versions, and by what changed in between: more would make each read longer,
 * fewer each commit.
 */
const WHOLE_EVERY = 8

function documentArgs({ before, doc, expectedVersion }: Change): readonly [string, string] {
  const isWhole = before === undefined || (expectedVersion + 1) % WHOLE_EVERY === 0
  return isWhole ? ['1', asText(JSON.stringify(doc))] : ['0', patchText(before, doc)]
}

function answerArgs(remember: Change['remember'], texts: ChangeTexts): string[] {
  if (!remember) return ['']
  const { command, fingerprint, answer, retain } = remember
  const text = `{"fingerprint":${JSON.stringify(fingerprint)},"answer":${texts.json(answer)}}`
  return [
    answerField(command),
    text,
    ...('holder' in retain ? [retain.holder, ''] : ['', numberText(retain.forMs)]),
  ]
}

const counted = <T>(items: readonly T[], args: (item: T) => readonly string[]): string[] => [
  String(items.length),
  ...items.flatMap(args),
]

function asText(text: string | undefined): string {
  if (text === undefined) throw new TypeError('only what JSON can hold can be stored')
  return text
}

function numberText(n: number): string {
  if (!Number.isFinite(n)) throw new TypeError(`${n} is no number that can be stored`)
  return String(n)
}
