import { it } from 'vitest'
import { racePairs } from './factor-races.ts'

it(
  '[SF2] 1,000 racing pairs of one code over two connections release exactly one each',
  {
    timeout: 300_000,
  },
  () => racePairs(1_000),
)
