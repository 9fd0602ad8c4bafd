import { once } from 'node:events'
import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { OperatorClient } from '@holdpoint/client/operator'
import { counted, type OperatorAnswers } from '@holdpoint/shared'
import { Command, Option } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { CSV_HEAD, csvRow } from '../log-file/csv.ts'
import { lineOf } from '../log-file/lines.ts'
import { readSince, withExamples } from './options.ts'

interface Options {
  readonly to?: string
  readonly format: 'jsonl' | 'csv'
  readonly since?: string
  readonly texts: boolean
}

type Page = OperatorAnswers['log.read']

/** What a page becomes. */
interface Form {
  begin(page: Page): string
  page(page: Page): string
  end(page: Page): string
}

/** Where it goes: `done` once all of it is there, or `undone` where it failed in between. */
interface Sink {
  write(text: string): Promise<void>
  done(): Promise<void>
  undone(): Promise<void>
}

const PAGE = 500

export const exportLog = (cli: Cli): Command =>
  withExamples(
    new Command('export')
      .description(
        'write the log to a file, event by event with its hash, and the bytes of every action: "verify --export" checks it without the server',
      )
      .option('--to <file>', 'a new file of your own (default: standard output)')
      .addOption(
        new Option('--format <format>', 'JSON lines, which can be checked, or a table')
          .choices(['jsonl', 'csv'])
          .default('jsonl'),
      )
      .option('--since <when>', 'a time like 2026-01-31T12:00:00Z, or how long ago: 30d')
      .option('--no-texts', 'leave the arguments and contexts out; their digests stay'),
    'export --to audit.jsonl',
    'export --since 30d --format csv --to audit.csv',
    'export | gzip > audit.jsonl.gz',
  ).action(({ to, format, since, texts }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out, io }) => {
      if (out.json && to === undefined)
        throw new UsageError('With --json the log needs a file: name one with --to.')
      const after = since === undefined ? 0 : await seqBefore(client, readSince(since, client.serverNow()))
      const sink = to === undefined ? standardOutput(io) : await newFile(resolve(to))
      try {
        const written = await out.during('Exporting', copy(client, after, texts, forms[format], sink))
        await sink.done()
        if (to !== undefined) out.result({ file: resolve(to), ...written }, () => told(resolve(to), written))
        else out.note(told('standard output', written))
      } catch (error) {
        await sink.undone()
        throw error
      }
    }),
  )

interface Written {
  readonly log: string
  readonly first: number
  readonly last: number
  /** Of the last event. */
  readonly hash: string
  readonly texts: number
}

const told = (where: string, { log, first, last, hash, texts }: Written): string =>
  last < first
    ? `${log} has no events there: nothing but its place is in ${where}.`
    : `✓ ${log}, events ${first} to ${last} and ${counted(texts, 'text')}, to ${where}\n  hash of the last: ${hash}`

/** Up to where the log ended when this began: it grows by what is written meanwhile, and so would never end. */
async function copy(
  client: OperatorClient,
  from: number,
  texts: boolean,
  form: Form,
  sink: Sink,
): Promise<Written> {
  let page = await client.log({ after: from, limit: PAGE, texts })
  const { log, after, head } = page
  let count = 0
  await sink.write(form.begin(page))
  for (;;) {
    await sink.write(form.page(page))
    count += page.texts.length
    const last = page.events.at(-1)
    if (last === undefined || last.seq >= head.seq) break
    page = await client.log({ after: last.seq, limit: PAGE, texts })
    if (page.after.seq !== last.seq || page.after.hash !== last.hash)
      throw new CommandFailure(
        `The log no longer goes on from event ${last.seq}: it was trimmed, or its store came back with an older past. Export it again.`,
      )
  }
  await sink.write(form.end(page))
  const end = endOf(page)
  return { log, first: after.seq + 1, last: end.seq, hash: end.hash, texts: count }
}

function endOf({ events, after }: Page): Page['after'] {
  const { seq, hash } = events.at(-1) ?? after
  return { seq, hash }
}

const forms: Readonly<Record<Options['format'], Form>> = {
  jsonl: {
    begin: ({ log, after }) =>
      lineOf({ holdpoint: 'log', version: 1, log, after, at: new Date().toISOString() }),
    page: ({ events, texts }) => [...texts, ...events].map(lineOf).join(''),
    end: (page) => lineOf({ end: endOf(page) }),
  },
  csv: {
    begin: () => CSV_HEAD,
    page: ({ events, texts }) => {
      const known = new Map<string, string>(texts.map(({ digest, text }) => [digest, text]))
      return events.map((event) => csvRow(event, (digest) => known.get(digest))).join('')
    },
    end: () => '',
  },
}

/** The number of the last event before a time; 0 where there is none. */
async function seqBefore(client: OperatorClient, to: string): Promise<number> {
  const { events } = await client.history({ to, limit: 1 })
  return events[0]?.seq ?? 0
}

const standardOutput = ({ stdout }: Io): Sink => ({
  write: async (text) => {
    if (!stdout.write(text)) await once(stdout, 'drain')
  },
  done: async () => {},
  undone: async () => {},
})

/** Its owner's alone, and under its name only once it is whole: arguments are in it. */
async function newFile(path: string): Promise<Sink> {
  const draft = `${path}.part`
  const file = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} can not be written: ${error.message}.`)
  })
  return {
    write: async (text) => void (await file.write(text)),
    async done() {
      await file.sync()
      await file.close()
      await rename(draft, path)
    },
    async undone() {
      await file.close()
      await rm(draft, { force: true })
    },
  }
}
