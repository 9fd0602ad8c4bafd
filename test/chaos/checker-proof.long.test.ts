/** The checker itself is put to the test: with a promise broken on purpose, the same workload must be found out. */
import { expect, it } from 'vitest'
import { testProgram } from '../harness/compiled.ts'
import type { Alteration, ServerOptions } from '../harness/server-process.ts'
import { checkHistory } from './check-history.ts'
import { seedOf } from './expect-work.ts'
import type { BrokenPromise } from './faulty-server.ts'
import { runChaos } from './server-chaos.ts'

const without = (promise: BrokenPromise): ServerOptions => ({
  program: testProgram('chaos/faulty-server'),
  env: { HOLDPOINT_TEST_BROKEN: promise },
})

async function violations(name: string, server: ServerOptions, kills: number): Promise<readonly string[]> {
  const { history } = await runChaos({
    seed: seedOf(name),
    kills,
    lifeMs: [1_500, 2_500],
    server,
    // A server that loses things may leave agents waiting for ever.
    restWithinMs: 5_000,
  })
  return checkHistory(history)
}

const matching = (pattern: RegExp) => expect.arrayContaining([expect.stringMatching(pattern)])

it('a server that answers before its writes are durable is found to lose them', async () => {
  expect(await violations('no fsync', without('durability'), 2)).toEqual(matching(/^Lost: /))
})

it('a server that forgets its answers is found to do things twice', async () => {
  expect(await violations('no memory', without('memory'), 2)).toEqual(matching(/^Twice: /))
})

it('a server that decides by a clock that lags, unchecked at the commit, is found to release what had expired', async () => {
  expect(await violations('no expiry', without('expiry'), 1)).toEqual(matching(/^Expired: /))
})

it('a server that does not compare epochs is found to hear processes that were replaced', async () => {
  const blind: Alteration = {
    module: 'shared/dist/epoch.js',
    from: 'return storeA - storeB || nA - nB',
    to: 'return 0 * (storeA + storeB + nA + nB)',
  }
  expect(await violations('no epochs', { alterations: [blind] }, 1)).toEqual(matching(/^Epoch: /))
})
