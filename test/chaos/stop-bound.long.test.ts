import { it } from 'vitest'
import { expectBound } from './expect-bound.ts'
import { seedOf } from './expect-work.ts'
import { stopBehindProxy } from './stop-bound.ts'

it('[AG4] a stop binds within lease, 0.2 % and 50 ms where the connection is swallowed (200 trials)', async () => {
  expectBound(await stopBehindProxy({ trials: 200, atOnce: 20, seed: seedOf('stop-bound') }), 200)
})
