import { expect, it, type TestContext } from 'vitest'
import { CannotCutPower } from '../harness/power-cut-disk.ts'
import { seedOf } from './expect-work.ts'
import { cutPower, type PowerCutOptions, type PowerCuts } from './power-cut.ts'
import { cutPowerOfEmbedded } from './power-cut-embedded.ts'

const CYCLES = 50
/** Each takes seconds. */
const CHECKPOINTED = 15
/** So that each time the tables get what they lack the log becomes long. Unit: bytes. */
const EVENT_SIZE = 12_000

it(`[PR1] [ST3] with appendfsync always, nothing acknowledged is lost over ${CYCLES} power cuts`, async (context) => {
  const cuts = await cutOrSay(
    context,
    ...redisOf({ appendfsync: 'always', seed: seedOf('power-cut'), cycles: CYCLES }),
  )
  expect({ lost: cuts.lost, broken: cuts.broken }).toEqual({ lost: [], broken: [] })
  expect(cuts.acknowledged).toBeGreaterThan(CYCLES * 20)
  expect(cuts.events).toBeGreaterThanOrEqual(cuts.acknowledged)
})

it('[PR1] with appendfsync everysec, the same power cuts do lose what was acknowledged', async (context) => {
  const cuts = await cutOrSay(
    context,
    ...redisOf({ appendfsync: 'everysec', seed: seedOf('power-cut'), cycles: CYCLES, enough: 1 }),
  )
  expect(cuts.lost).not.toEqual([])
})

it(`[PR1] [ST3] the embedded store loses nothing acknowledged over ${CYCLES} power cuts`, async (context) => {
  const cuts = await cutOrSay(context, 'embedded', () =>
    cutPowerOfEmbedded({ seed: seedOf('power-cut-embedded'), cycles: CYCLES }),
  )
  expect({ lost: cuts.lost, broken: cuts.broken }).toEqual({ lost: [], broken: [] })
  expect(cuts.acknowledged).toBeGreaterThan(CYCLES * 20)
  expect(cuts.events).toBeGreaterThanOrEqual(cuts.acknowledged)
})

it('[PR1] an embedded store that flushes no commit does lose what was acknowledged', async (context) => {
  const cuts = await cutOrSay(context, 'embedded, unflushed', () =>
    cutPowerOfEmbedded({
      careless: 'unflushed',
      seed: seedOf('power-cut-embedded'),
      cycles: CYCLES,
      enough: 1,
    }),
  )
  expect(cuts.lost).not.toEqual([])
})

it(`[PR1] [ST3] nor over ${CHECKPOINTED} power cuts beside checkpoints of its database`, async (context) => {
  const cuts = await cutOrSay(context, 'embedded, checkpoints', () =>
    cutPowerOfEmbedded({
      eventSize: EVENT_SIZE,
      seed: seedOf('power-cut-checkpoints'),
      cycles: CHECKPOINTED,
    }),
  )
  expect({ lost: cuts.lost, broken: cuts.broken }).toEqual({ lost: [], broken: [] })
})

it('[PR1] a database that is not flushed after a checkpoint is left damaged by them', async (context) => {
  const cuts = await cutOrSay(context, 'embedded, database unflushed', () =>
    cutPowerOfEmbedded({
      careless: 'unflushed-database',
      eventSize: EVENT_SIZE,
      seed: seedOf('power-cut-checkpoints'),
      cycles: CHECKPOINTED,
      enough: 1,
    }),
  )
  expect(cuts.lost.length + cuts.broken.length).toBeGreaterThan(0)
})

const redisOf = (options: PowerCutOptions) =>
  [`appendfsync ${options.appendfsync}`, () => cutPower(options)] as const

async function cutOrSay(
  context: TestContext,
  name: string,
  cut: () => Promise<PowerCuts>,
): Promise<PowerCuts> {
  try {
    const cuts = await cut()
    const { cycles, acknowledged, lost } = cuts
    console.log(
      `${name}: ${cycles} power cuts, ${acknowledged} commits acknowledged, ${lost.length} documents lost some`,
    )
    return cuts
  } catch (error) {
    if (!(error instanceof CannotCutPower)) throw error
    console.error(`\n✗✗ ${error.message}\n`)
    return context.skip(error.message)
  }
}
