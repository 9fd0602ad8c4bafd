import type { HistoryQuery } from '@holdpoint/client/operator'
import type { EventView, Target } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { localTime, shortId } from '../output/format.ts'
import { type HistoryRow, historyTable } from '../output/history-table.ts'
import { targetText } from '../output/target.ts'
import { visible } from '../output/visible.ts'
import { readSince, wholeNumber, withExamples } from './options.ts'
import { unknownAgent } from './unknown-agent.ts'

interface Options {
  readonly agent?: string
  readonly type?: string
  readonly by?: string
  readonly since?: string
  readonly limit: number
}

export const history = (cli: Cli): Command =>
  withExamples(
    new Command('history')
      .description('what happened, newest first')
      .option('--agent <agent>', 'only about this agent')
      .option('--type <type>', 'only of this type, like approval.approved, or a family: approval.*')
      .option('--by <id>', 'only caused by this person or agent')
      .option('--since <when>', 'a time like 2026-01-31T12:00:00Z, or how long ago: 2h')
      .option('--limit <n>', 'at most this many', wholeNumber(10_000), 50),
    'history --since 2h',
    'history --agent folder-agent --type "approval.*"',
    'history --limit 1000 --json',
  ).action(({ since, limit, ...filter }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const from = since === undefined ? undefined : readSince(since, client.serverNow())
      const query: HistoryQuery = { ...filter, limit: Math.min(limit, PAGE), ...(from ? { from } : {}) }
      const events = await out.during('Reading history', take(client.historyEvents(query), limit))
      const unknown = await unknownAgent(client, filter.agent, events)
      out.result({ events }, () =>
        events.length === 0 ? (unknown ?? nothing(filter)) : historyTable(events.map(row), out.columns),
      )
    }),
  )

function nothing({ agent, type, by }: Partial<Options>): string {
  const asked = [agent && `--agent ${agent}`, type && `--type ${type}`, by && `--by ${by}`].filter(Boolean)
  return asked.length === 0 ? 'Nothing to show.' : `Nothing matches ${asked.join(' ')}.`
}

const PAGE = 500

async function take(events: AsyncIterable<EventView>, limit: number): Promise<readonly EventView[]> {
  const taken: EventView[] = []
  for await (const event of events) {
    taken.push(event)
    if (taken.length >= limit) break
  }
  return taken
}

const row = (event: EventView): HistoryRow => ({
  time: localTime(event.at, new Date()),
  what: event.type,
  id: itemOf(event),
  agent: visible(event.agent ?? ''),
  by: visible(event.by ?? ''),
  details: eventDetails(event),
})

/** The item that it is about, as commands take it. */
function itemOf({ data }: EventView): string {
  const holder = ['approval', 'ticket', 'instruction', 'order']
    .map((key) => data[key])
    .find((value) => isObject(value) && typeof value.id === 'string')
  return isObject(holder) ? shortId(String(holder.id)) : '-'
}

/** What an event's data says in a few words; `data` grows with versions, so nothing in it is taken for granted. */
export function eventDetails({ type, data }: EventView): string {
  const at = (path: readonly string[]): unknown =>
    path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), data)
  const words = [
    at(['approval', 'action']),
    at(['action']),
    selectorText(at(['order', 'selector'])),
    at(['ticket', 'question']) ?? at(['ticket', 'reason']),
    at(['instruction', 'text']),
    at(['approval', 'askedDigest']) === undefined ? undefined : 'edited',
    at(['approval', 'outcome']),
    at(['approval', 'reason']) ??
      at(['order', 'lifted', 'reason']) ??
      at(['order', 'reason']) ??
      at(['reason']),
    at(['approval', 'response']),
    at(['instruction', 'note']),
    at(['wanted']),
    at(['ticket', 'resolution']),
    answerText(at(['ticket', 'answer'])),
    ...(detailsOfType[type]?.(at) ?? []),
    type === 'control.acknowledged' ? at(['state']) : undefined,
    type === 'trust.changed' ? trustText(at) : undefined,
    at(['task']),
  ]
  return words
    .filter((word) => typeof word === 'string' && word !== '')
    .map((word) => visible(word as string))
    .join(' · ')
}

type At = (path: readonly string[]) => unknown

/** What only events of one type say. */
const detailsOfType: Readonly<Record<string, (at: At) => readonly unknown[]>> = {
  'approval.approved': (at) => [factorText(at(['approval', 'signatures'])), at(['approval', 'note'])],
  'message.delivered': (at) => [
    [at(['channel']), at(['person'])].filter((one) => typeof one === 'string').join(' to '),
    at(['says']),
  ],
  'policy.activated': (at) => {
    const [version, before] = [at(['version']), at(['before', 'version'])]
    return [typeof before === 'string' ? `${version} after ${before}` : version]
  },
  'store.history_lost': (at) => [
    `epoch ${at(['epoch'])} after ${at(['previousEpoch'])}`,
    `event ${at(['witnessed', 'seq'])} was seen, ${at(['found', 'seq'])} is the last one found`,
  ],
}

const factorText = (signatures: unknown): string | undefined =>
  Array.isArray(signatures) && signatures.length > 0 && signatures.every((one) => isObject(one) && one.factor)
    ? 'with a second factor'
    : undefined

/** A text as it is, a form's values as JSON. */
const answerText = (answer: unknown): string | undefined =>
  answer === undefined || typeof answer === 'string' ? answer : JSON.stringify(answer)

/** Whom an order means. */
const selectorText = (selector: unknown): string | undefined =>
  isObject(selector) ? targetText(selector as unknown as Target) : undefined

/** `0.5100 supervised, success of send_email`; the cause names what it was counted for. */
function trustText(at: (path: readonly string[]) => unknown): string {
  const trust = at(['trust'])
  const cause = Object.values(Object(at(['cause']))).filter((one) => typeof one === 'string')
  const level = at(['autonomy', 'level'])
  return [
    [typeof trust === 'number' ? trust.toFixed(4) : '', typeof level === 'string' ? level : ''].join(' '),
    ...cause,
  ]
    .filter((one) => one.trim() !== '')
    .join(', ')
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
