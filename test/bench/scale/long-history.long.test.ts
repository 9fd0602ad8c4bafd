import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Driver, driveHoldpoint, runRound } from '../round-trips.ts'
import { type HoldpointServer, startHoldpoint } from '../servers.ts'
import { tokenMaker } from '../tokens.ts'
import { fillWithHistory } from './long-history.ts'

/** `HOLDPOINT_SCALE_SETTLED=1000000` takes 11 GB of disk and some minutes. */
const SETTLED = Number(process.env.HOLDPOINT_SCALE_SETTLED ?? 100_000)
const ROUNDS = 5
/** What comes first is not counted: until the pages that are written are in memory, and the code is compiled. */
const WARM_UP = 2
const ROUND_TRIPS = 1_000
const AT_ONCE = 16
const AGENTS = 100
/** Trees of rows are a level deeper, and one page of each is another one; what goes through a hundred thousand of them takes ten times as long. */
const MOST = 1.4

interface Side {
  readonly server: HoldpointServer
  readonly driver: Driver
  readonly us: number[]
}

let folder: string
const opened: AsyncDisposable[] = []
const keep = <T extends AsyncDisposable>(one: T): T => {
  opened.push(one)
  return one
}
const sides: Side[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-settled-'))
  // before anybody is connected: it keeps this process from answering a sign of life for minutes
  const { approvals } = await fillWithHistory(folder, { approvals: SETTLED })
  expect(approvals).toBeGreaterThanOrEqual(SETTLED)
  for (const data of [undefined, folder]) {
    const server = keep(await startHoldpoint(false, data === undefined ? {} : { HOLDPOINT_DATA: data }))
    const { url } = server.server
    const tokenFor = await tokenMaker(data ?? server.server.folder)
    const driver = keep(await driveHoldpoint({ agents: url, console: url }, tokenFor, AGENTS))
    sides.push({ server, driver, us: [] })
  }
}, 30 * 60_000)
afterAll(async () => {
  for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true })
})

const median = (values: readonly number[] = []): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

it(`a round trip costs the same after ${SETTLED} settled approvals as after none`, async () => {
  for (let round = -WARM_UP; round < ROUNDS; round++)
    for (const { server, driver, us } of sides) {
      const before = server.cpuMs()
      await runRound(driver, AT_ONCE, ROUND_TRIPS)
      if (round >= 0) us.push(((server.cpuMs() - before) * 1_000) / ROUND_TRIPS)
      await driver.finish(AT_ONCE)
    }
  const [none = 0, many = 0] = sides.map(({ us }) => median(us))
  console.log(
    `µs of the server for a round trip: ${none.toFixed(0)} with an empty store, ${many.toFixed(0)} after ${SETTLED} settled ` +
      `approvals (${(many / none).toFixed(2)})`,
  )
  expect(many / none).toBeLessThan(MOST)
})
