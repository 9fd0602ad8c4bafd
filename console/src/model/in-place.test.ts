import { expect, it } from 'vitest'
import { inPlace } from './in-place.ts'

it('keeps what stood there where it stood, as it is now, and puts what is new behind it', () => {
  const item = (name: string, at = 0) => ({ name, at })
  const before = [item('b'), item('gone'), item('c')]
  expect(inPlace(before, [item('a'), item('c', 1), item('b', 2)], ({ name }) => name)).toEqual([
    item('b', 2),
    item('gone'),
    item('c', 1),
    item('a'),
  ])
})
