import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readCursor, writeCursor } from './cursor.ts'

it('[PR4] reads what it wrote', () => {
  fc.assert(
    fc.property(fc.nat(), fc.string(), (seq, text) => {
      expect(readCursor(writeCursor([seq, text]), ['number', 'string'])).toEqual([seq, text])
    }),
  )
})

it('[PR4][ID4] takes anything else for no cursor', () => {
  fc.assert(
    fc.property(fc.string(), (text) => readCursor(text, ['number']) === undefined),
    { examples: [[''], [writeCursor(['text'])], [writeCursor([1, 2])], [writeCursor([1.5])]] },
  )
})
