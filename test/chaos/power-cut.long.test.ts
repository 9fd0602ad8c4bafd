import { expect, it, type TestContext } from 'vitest'
import { CannotCutPower } from '../harness/power-cut-disk.ts'
import { seedOf } from './expect-work.ts'
import { cutPower, type PowerCutOptions, type PowerCuts } from './power-cut.ts'

const CYCLES = 50

it(`[PR1] [ST3] with appendfsync always, nothing acknowledged is lost over ${CYCLES} power cuts`, async (context) => {
  const cuts = await cutOrSay(context, { appendfsync: 'always', seed: seedOf('power-cut'), cycles: CYCLES })
  expect({ lost: cuts.lost, broken: cuts.broken }).toEqual({ lost: [], broken: [] })
  expect(cuts.acknowledged).toBeGreaterThan(CYCLES * 20)
  expect(cuts.events).toBeGreaterThanOrEqual(cuts.acknowledged)
})

it('[PR1] with appendfsync everysec, the same power cuts do lose what was acknowledged', async (context) => {
  const cuts = await cutOrSay(context, {
    appendfsync: 'everysec',
    seed: seedOf('power-cut'),
    cycles: CYCLES,
    enough: 1,
  })
  expect(cuts.lost).not.toEqual([])
})

async function cutOrSay(context: TestContext, options: PowerCutOptions): Promise<PowerCuts> {
  try {
    const cuts = await cutPower(options)
    const { cycles, acknowledged, lost } = cuts
    console.log(
      `appendfsync ${options.appendfsync}: ${cycles} power cuts, ${acknowledged} commits acknowledged, ${lost.length} documents lost some`,
    )
    return cuts
  } catch (error) {
    if (!(error instanceof CannotCutPower)) throw error
    console.error(`\n✗✗ ${error.message}\n`)
    return context.skip(error.message)
  }
}
