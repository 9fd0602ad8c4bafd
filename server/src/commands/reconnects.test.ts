import { SECOND } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { manualClock } from '../../../test/harness/manual-clock.ts'
import { createReconnects } from './reconnects.ts'

const agent = (id: string) => ({ tenant: 'default', id })

it('[ES4] is quiet for one lease after a reconnect, and not again for three, also behind one with a longer lease', async () => {
  const clock = manualClock()
  const reconnects = createReconnects(clock)
  reconnects.note(agent('slow'), 60 * SECOND)
  const quick = agent('quick')
  const comes = () => {
    reconnects.note(quick, SECOND)
    return reconnects.isQuiet(quick)
  }
  expect([comes(), reconnects.isQuiet(agent('other'))]).toEqual([true, false])
  await clock.advance(SECOND)
  expect(comes()).toBe(false)
  await clock.advance(3 * SECOND - 1)
  expect(comes()).toBe(false)
  await clock.advance(1)
  expect(comes()).toBe(true)
  expect(reconnects.isQuiet(agent('slow'))).toBe(true)
})
