import type { Digest } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { marksOf } from './same-looking.ts'

const line = (id: string, hex: string, what: string, room = 20) => ({
  id,
  digest: `sha256:${hex.padEnd(64, '0')}` as Digest,
  what,
  room,
})
const marks = (...lines: readonly ReturnType<typeof line>[]) => Object.fromEntries(marksOf(lines))

it('[AP10] marks lines of different bytes that read the same, and no others', () => {
  const long = 'pay  {"text":"xxxxxxxxxxxxxxxxxxxx'
  expect(
    marks(
      line('a', 'aa11', `${long}1`),
      line('b', 'bb22', `${long}2`),
      line('other', 'cc33', `send${long}1`),
      line('plain', 'dd44', 'pay  {"to":"ana"}'),
      line('again', 'dd44', 'pay  {"to":"ana"}'),
    ),
  ).toEqual({ a: 'aa110000', b: 'bb220000' })
})

it('[AP10] takes a line that has less room for any that begins like it, and tells those apart that differ in sight', () => {
  const what = (end: string) => `pay  {"amount":${end}}`
  expect(marks(line('a', 'aa11', what('1'), 60), line('b', 'bb22', what('2'), 60))).toEqual({})
  const short = line('c', 'cc33', what('3'), 10)
  expect(marks(line('a', 'aa11', what('1'), 60), short)).toEqual({ a: 'aa110000', c: 'cc330000' })
  expect(marks(line('a', 'aa11', what('1'), -5), short)).toEqual({ a: 'aa110000', c: 'cc330000' })
})
