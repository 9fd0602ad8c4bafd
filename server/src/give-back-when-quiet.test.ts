import { getHeapSpaceStatistics } from 'node:v8'
import { expect, it } from 'vitest'
import { until } from '../../test/harness/until.ts'
import { giveBackWhenQuiet } from './give-back-when-quiet.ts'

const MIB = 2 ** 20

const old = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.physical_space_size ?? 0

/** Lives until it is old, and is dropped then; a tenth of it goes on living, in between. */
function busyTime(): readonly object[] {
  const all = Array.from({ length: 600_000 }, (_, n) => ({ n, text: `one of many: ${n}`, more: [n, n + 1] }))
  return all.filter((_, n) => n % 10 === 0)
}

it('what a busy time has left in memory is given back in a quiet moment, while the process goes on', async () => {
  const memory = giveBackWhenQuiet()
  try {
    const living = busyTime()
    const busy = old()
    memory.busy()
    await until('the memory is given back', () => old() < busy - 30 * MIB, { withinMs: 20_000 })
    expect(living).toHaveLength(60_000)
  } finally {
    memory.stop()
  }
})
