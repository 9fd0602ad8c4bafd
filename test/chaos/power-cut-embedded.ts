import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbeddedStore, systemClock, verifyChain } from '@holdpoint/server'
import { startChild } from '../contract/child.ts'
import { wholeFeed } from '../contract/store-harness.ts'
import { powerCutDisk } from '../harness/power-cut-disk.ts'
import { random } from '../harness/random.ts'
import type { PowerCuts } from './power-cut.ts'

const commitForever = new URL('../contract/children/commit-forever.ts', import.meta.url)
/** How long commits go on before the power goes, at random between these. Unit: ms. */
const POWERED_MS = [20, 900] as const
/** The same where it has to reach checkpoints. */
const CHECKPOINTED_MS = [800, 3_500] as const

/** A process that commits on a disk whose power is cut at a random moment, again and again. */
export async function cutPowerOfEmbedded(options: {
  /** What the disk does not flush though it was told to: commits, or the database after a checkpoint. */
  readonly careless?: 'unflushed' | 'unflushed-database'
  /** How large an event is. From some KB on the database is checkpointed again and again; each cycle has a new store then. Unit: bytes. */
  readonly eventSize?: number
  readonly seed: number
  readonly cycles: number
  /** Ends early once so many were lost. */
  readonly enough?: number
}): Promise<PowerCuts> {
  const { careless, eventSize, seed, cycles, enough = Number.POSITIVE_INFINITY } = options
  const chance = random(seed)
  await using disk = powerCutDisk()
  const folder = join(disk.folder, 'store')
  const lost: string[] = []
  const broken: string[] = []
  let acknowledged = 0
  let events = 0
  let cycle = 0
  while (cycle < cycles && lost.length < enough) {
    cycle += 1
    // one at a time flushes each, many at once gather until the tables get them
    const agents = eventSize ? '64' : chance.pick(['1', '3', '64'])
    const child = startChild(commitForever, folder, agents, careless ?? '', String(eventSize ?? 0))
    await child.firstLine()
    const [least, most] = eventSize ? CHECKPOINTED_MS : POWERED_MS
    await sleep(chance.between(least, most))
    // what is only read after the cut may have been said after it, too
    const said = [...child.lines]
    disk.cut()
    await child.kill()
    disk.restore()
    acknowledged += said.length
    if (careless && !existsSync(folder)) {
      lost.push('The whole folder is gone.')
      continue
    }
    const after = await look(folder, lastOf(said))
    lost.push(...after.lost)
    broken.push(...after.broken)
    events = after.events
    if (lost.length > 0 || eventSize) rmSync(folder, { recursive: true })
  }
  return { cycles: cycle, acknowledged, lost, events, broken }
}

/** By agent: the last version that was acknowledged. */
const lastOf = (lines: readonly string[]): ReadonlyMap<string, number> =>
  new Map(lines.map((line) => line.split(' ')).map(([agent = '', version]) => [agent, Number(version)]))

async function look(
  folder: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<Pick<PowerCuts, 'lost' | 'broken' | 'events'>> {
  const store = await openEmbeddedStore({ folder, clock: systemClock }).catch((error: unknown) =>
    String(error),
  )
  if (typeof store === 'string') return { lost: [store], broken: [], events: 0 }
  try {
    const lost: string[] = []
    for (const [agent, step] of acknowledged) {
      const ref = { tenant: 'acme', kind: 'agent', id: agent } as const
      const { version, earlier } = await store.load(ref, { principal: agent, key: `step-${step}` })
      if (version < step) lost.push(`${agent} stands at ${version}, and ${step} was acknowledged.`)
      else if (earlier?.answer !== step)
        lost.push(`The answer to step ${step} of ${agent} is not remembered.`)
    }
    const feed = await wholeFeed(store)
    const found = verifyChain(feed)
    return { lost, broken: found ? [found.reason] : [], events: feed.length }
  } finally {
    await store.close()
  }
}
