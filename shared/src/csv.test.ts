import { expect, it } from 'vitest'
import { csvLine } from './csv.ts'

it('quotes what holds a comma, a quote or a line’s end, and ends each line with CRLF', () => {
  expect(csvLine(['a', 'b,c', 'say "no"', 'two\nlines', ''])).toBe('a,"b,c","say ""no""","two\nlines",\r\n')
})

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', '\r1'])(
  '%j is text to a spreadsheet',
  (text) => {
    expect(csvLine([text])).toMatch(/^"?'/)
  },
)

it('leaves everything else as it is', () => {
  for (const text of ['1', '{"a":"=1"}', 'a=b', "'quoted"])
    expect(csvLine([text])).toContain(text.replaceAll('"', '""'))
})
