import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ChainPosition, StoppedLog } from '@holdpoint/server'
import { Command } from 'commander'
import type { Cli, Session } from '../cli.ts'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { dataFolder } from '../local-token.ts'
import { checkFile } from '../log-file/check.ts'
import { type CheckedFeed, checkArchive } from '../log-file/check-archive.ts'
import type { Output } from '../output/output.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { overRedis } from '../over-redis.ts'
import { withExamples } from './options.ts'

interface Options {
  readonly archive?: string
  readonly export?: string
}

const PAGE = 500

export const verify = (cli: Cli): Command =>
  withExamples(
    new Command('verify')
      .description(
        'check that each event in the log of a stopped server, of a copy of its data folder, of an archive or of an exported file is the one that was written',
      )
      .option('--archive <folder>', 'what HOLDPOINT_ARCHIVE names, or a copy, in place of a data folder')
      .option('--export <file>', 'a file that "holdpoint export" wrote, in place of a data folder'),
    'verify --export audit.jsonl',
    'verify --data ./copy-of-holdpoint-data',
    'verify --data backup/holdpoint.db',
    'verify --archive /var/lib/holdpoint-archive',
    'verify --data ./copy-of-holdpoint-data --json | jq .partitions',
  ).action(({ archive, export: file }: Options, self: Command) =>
    cli.run(self, async (out, globals, exitWith) => {
      if (file !== undefined && archive !== undefined)
        throw new UsageError('Name one of --archive and --export.')
      if (file !== undefined) return verifyFile(out, resolve(file), exitWith)
      const tell = (folder: string, partitions: readonly CheckedFeed[]): void => {
        const broken = partitions.find((one) => one.broken !== undefined)
        out.result({ folder, partitions, whole: broken === undefined }, () => shown(partitions))
        if (broken && out.json) exitWith(EXIT.refused)
        else if (broken)
          throw new CommandFailure(
            `The log is not as it was written, from event ${broken.broken?.seq} of ${broken.partition} on: keep this folder as evidence, and compare it with a backup or the archive.`,
          )
      }
      if (archive !== undefined) return tell(resolve(archive), await verifyArchive(out, resolve(archive)))
      const folder = resolve(dataFolder(cli.io.env, globals.data))
      const { StoreHeld, StoreUnusable, verifyChain, withStoppedLog } = await import('@holdpoint/server')
      const partitions = await withStoppedLog(databaseAt(folder), async (log) => {
        const checked: CheckedFeed[] = []
        for (const { partition, seq, hash } of log.heads())
          checked.push(
            await out.during(`Checking ${partition}`, checkFeed(log, { partition, seq, hash }, verifyChain)),
          )
        return checked
      }).catch((error: unknown) => {
        if (error instanceof StoreHeld)
          throw new CommandFailure(
            `${error.message} Of a server that runs: "holdpoint export", then "verify --export".`,
          )
        if (!(error instanceof StoreUnusable)) throw error
        throw new CommandFailure(
          overRedis(folder, 'use "holdpoint export", then "verify --export".') ?? error.message,
        )
      })
      tell(folder, partitions)
    }),
  )

async function verifyArchive(out: Output, folder: string): Promise<readonly CheckedFeed[]> {
  const { verifyChain } = await import('@holdpoint/server')
  return out.during(`Checking ${folder}`, checkArchive(folder, verifyChain))
}

async function verifyFile(out: Output, file: string, exitWith: Session['exitWith']): Promise<void> {
  const { verifyChain } = await import('@holdpoint/server')
  const checked = await out.during(`Checking ${file}`, checkFile(file, verifyChain))
  const { broken, ...found } = checked
  const isWhole = broken === undefined
  out.result({ file, ...found, ...(isWhole ? {} : { broken }), whole: isWhole }, () =>
    table(
      ['LOG', 'EVENTS', 'TEXTS', 'WHOLE', 'HASH OF THE LAST'],
      [
        [
          visible(found.log),
          found.last < found.first ? 'none' : `${found.first}–${found.last}`,
          found.texts === found.named ? String(found.texts) : `${found.texts} of ${found.named}`,
          isWhole ? 'yes' : 'no',
          found.hash,
        ],
      ],
    ),
  )
  if (!isWhole && out.json) return exitWith(EXIT.refused)
  if (!isWhole)
    throw new CommandFailure(
      `${broken} The file is not as it was exported: keep it as evidence, and export the log again to compare.`,
    )
  const before =
    found.first === 1 ? '' : ` It begins behind event ${found.first - 1}, hash ${found.afterHash}.`
  out.note(
    `Whoever can write the file can also write a whole new chain: compare the hash of the last event with one that was noted elsewhere.${before}`,
  )
}

/** A folder's database, or the file of a backup itself. */
function databaseAt(path: string): string {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  return isFile ? path : join(path, 'holdpoint.db')
}

async function checkFeed(
  log: StoppedLog,
  head: ChainPosition & { readonly partition: string },
  verifyChain: typeof import('@holdpoint/server').verifyChain,
): Promise<CheckedFeed> {
  const { partition, seq: last, hash } = head
  const [oldest] = log.readFeed(partition, 0, 1)
  const first = oldest?.seq ?? last + 1
  let at: ChainPosition = { seq: first - 1, hash: log.hashAt(partition, first - 1) ?? '' }
  for (;;) {
    const events = log.readFeed(partition, at.seq, PAGE)
    const end = events.at(-1)
    if (!end) break
    const broken = verifyChain(events, at)
    if (broken) return { partition, first, last, hash, broken }
    at = end
    await new Promise((resolved) => setImmediate(resolved))
  }
  const isWhole = at.seq === last && at.hash === hash
  const reason = `The log ends at event ${at.seq}, and its head names ${last}.`
  return { partition, first, last, hash, ...(!isWhole && { broken: { seq: at.seq + 1, reason } }) }
}

function shown(partitions: readonly CheckedFeed[]): string {
  if (partitions.length === 0) return 'The log is empty.'
  return table(
    ['LOG', 'EVENTS', 'WHOLE', 'HASH OF THE LAST'],
    partitions.map(({ partition, first, last, hash, broken }) => [
      partition,
      `${first}–${last}`,
      broken ? `no: ${broken.reason}` : 'yes',
      hash,
    ]),
  )
}
