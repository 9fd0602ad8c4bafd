import { resolve } from 'node:path'
import type { ChainBreak, ChainPosition, EmbeddedStore } from '@holdpoint/server'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { CommandFailure } from '../exit-codes.ts'
import { dataFolder } from '../local-token.ts'
import { table } from '../output/table.ts'
import { withExamples } from './options.ts'

/** One feed, checked from its first event that is still there to its head. */
interface Checked {
  readonly partition: string
  /** Numbers of its events. */
  readonly first: number
  readonly last: number
  /** Hex sha256 of the last one: to be compared with what was noted elsewhere. */
  readonly hash: string
  readonly broken?: ChainBreak | undefined
}

const PAGE = 500

export const verify = (cli: Cli): Command =>
  withExamples(
    new Command('verify').description(
      'check that each event in the log of a stopped server, or of a copy of its data folder, is the one that was written',
    ),
    'verify --data ./copy-of-holdpoint-data',
    'verify --data ./copy-of-holdpoint-data --json | jq .partitions',
  ).action((_: object, self: Command) =>
    cli.run(self, async (out, globals) => {
      const folder = resolve(dataFolder(cli.io.env, globals.data))
      const { openEmbeddedStore, systemClock, verifyChain } = await import('@holdpoint/server')
      const store = await openEmbeddedStore({ folder, clock: systemClock })
      try {
        const partitions: Checked[] = []
        for (const { partition } of await store.heads())
          partitions.push(await out.during(`Checking ${partition}`, checkFeed(store, partition, verifyChain)))
        const broken = partitions.filter((one) => one.broken !== undefined)
        out.result({ folder, partitions, whole: broken.length === 0 }, () => shown(partitions))
        if (broken.length > 0)
          throw new CommandFailure(
            `The log is not as it was written, from event ${broken[0]?.broken?.seq} of ${broken[0]?.partition} on: keep this folder as evidence, and compare it with a backup or the archive.`,
          )
      } finally {
        await store.close()
      }
    }),
  )

async function checkFeed(
  store: EmbeddedStore,
  partition: string,
  verifyChain: typeof import('@holdpoint/server').verifyChain,
): Promise<Checked> {
  const { seq: last, hash } = await store.head(partition)
  const [oldest] = await store.readFeed(partition, 0, 1)
  const first = oldest?.seq ?? last + 1
  let at: ChainPosition = { seq: first - 1, hash: (await store.hashAt(partition, first - 1)) ?? '' }
  for (;;) {
    const events = await store.readFeed(partition, at.seq, PAGE)
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

function shown(partitions: readonly Checked[]): string {
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
