import type { Digest } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { gistOf, leavesOf } from './gist.ts'
import { marksOf } from './same-looking.ts'

const line = (id: string, hex: string, args: unknown, action = 'send_email') => ({
  id,
  action,
  digest: `sha256:${hex.padEnd(64, '0')}` as Digest,
  gist: gistOf(leavesOf(args), []),
})
const long = (end: string) => ({ text: `${'x'.repeat(2_000)}${end}` })

it('[AP10] marks lines of different bytes that read the same, and no others', () => {
  const lines = [
    line('a', 'aa11', long('1')),
    line('b', 'bb22', long('2')),
    line('other', 'cc33', long('1'), 'pay'),
    line('plain', 'dd44', { to: 'ana' }),
    line('again', 'dd44', { to: 'ana' }),
  ]
  expect(Object.fromEntries(marksOf(lines))).toEqual({ a: 'aa110000', b: 'bb220000' })
})

it('[AP10] tells apart also those whose difference no line looks at: behind the first values, and before the end of a long key', () => {
  const many = (last: number) =>
    Object.fromEntries([...Array(60).keys()].map((at) => [`k${at}`, at === 59 ? last : at]))
  const named = (first: string) => ({ [`${first}${'.same'.repeat(9)}`]: 1 })
  for (const [one, two] of [
    [many(1), many(2)],
    [named('a'), named('b')],
  ])
    expect(marksOf([line('a', 'aa11', one), line('b', 'bb22', two)]).size).toBe(2)
})
