import fc from 'fast-check'
import { expect, it } from 'vitest'
import { gistOf, leavesOf, type Piece } from './gist.ts'

const drawn = ({ text, isQuoted, cut }: Piece) =>
  `${cut.before ? '[…]' : ''}${isQuoted ? `"${text}"` : text}${cut.after ? '[…]' : ''}`

function told(args: unknown, ...others: unknown[]): readonly string[] {
  const { tellings, amount, more } = gistOf(leavesOf(args), others.map(leavesOf))
  const all = amount ? [...tellings, amount] : tellings
  const shown = all.map(({ where, value }) => `${where ? `${drawn(where)}: ` : ''}${drawn(value)}`)
  return more > 0 ? [...shown, `+${more}`] : shown
}

it('shows whom or what it is done to where there is nothing to tell apart', () => {
  expect(told({ subject: 'Hello', to: 'ana@example.org' })).toEqual(['to: "ana@example.org"', '+1'])
  expect(told({ lines: [1, 2] })).toEqual(['lines.0: 1', 'lines.1: 2'])
  expect(told({})).toEqual(['{}'])
})

it.each([
  [{ to: 'ana', amount: 1250.5, reference: 'x' }, ['to: "ana"', 'amount: 1250.5', '+1']],
  [{ account: 'DE02', amountCents: 4900, at: 1_764_254_000 }, ['account: "DE02"', 'amountCents: 4900', '+1']],
  [{ recipient: 'bo', priority: 1, quantity: '500' }, ['recipient: "bo"', 'quantity: "500"', '+1']],
  [{ pay: { iban: 'x', sum: 99, to: 'cy' } }, ['pay.to: "cy"', 'pay.sum: 99', '+1']],
  [
    { target: 'a1', amount: { currency: 'EUR', value: '9.00' } },
    ['target: "a1"', 'amount.value: "9.00"', '+1'],
  ],
  [{ host: 'web-1', replicas: 40, wait: true }, ['host: "web-1"', 'replicas: 40', '+1']],
  [{ table: 'users', where: { older: 30 } }, ['table: "users"', '+1']],
  [{ discount: '5', to: 'ana' }, ['to: "ana"', '+1']],
])('shows how much beside whom or what: %j', (args, line) => {
  expect(told(args)).toEqual(line)
})

it('shows the amount as well where it is the same as that of others, and beside two that tell them apart', () => {
  const pay = (to: string, memo: string) => ({ amount: 1250, memo, to })
  expect(told(pay('ana', 'x'), pay('bo', 'x'))).toEqual(['to: "ana"', 'amount: 1250', '+1'])
  expect(told(pay('ana', 'x'), pay('ana', 'y'), pay('bo', 'x'))).toEqual([
    'to: "ana"',
    'memo: "x"',
    'amount: 1250',
  ])
  expect(told({ amount: 1, cents: 2 }, { amount: 2, cents: 2 })[0]).toBe('amount: 1')
})

it('shows what differs from most others first, and then what differs from the rest', () => {
  const mail = (to: string, subject: string) => ({ text: 'Hello', subject, to })
  expect(told(mail('ana', 'a'), mail('bo', 'a'), mail('cy', 'a'), mail('ana', 'b'))).toEqual([
    'to: "ana"',
    'subject: "a"',
    '+1',
  ])
  expect(told(mail('ana', 'a'), mail('ana', 'b'))).toEqual(['subject: "a"', 'to: "ana"', '+1'])
})

it('[AP10] begins shortly before the difference where two long values begin alike, and says what is cut', () => {
  const path = (end: string) => ({ path: `${'/srv/archive/of/everything'.repeat(3)}/${end}` })
  expect(told(path('2019/a'), path('2020/a'))[0]).toMatch(/^path: \[…\]".*2019\/a"$/)
  expect(told({ to: 'x'.repeat(100) })).toEqual([`to: "${'x'.repeat(24)}"[…]`])
})

it('[AP10] has what differs far enough in front for a small screen', () => {
  const to = (name: string) => ({ to: `supplier-number-${name}@example.org` })
  expect(told(to('one'), to('two'))).toEqual(['to: […]"mber-one@example.org"'])
  // also where a wide list would have room for all of it
  const note = (at: number) => ({ path: `/team/notes-${at}.md` })
  expect(told(note(13), note(21))).toEqual(['path: […]"otes-13.md"'])
  expect(told(note(13), note(14))).toEqual(['path: […]"tes-13.md"'])
  const order = (at: number) => ({ url: `https://api.example.org/orders/${at}` })
  expect(told(order(16), order(17))).toEqual(['url: […]"rders/16"'])
})

it('says how many values it does not show, also of those that are too many to be compared', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, { value: at }]))
  expect(told({ to: 'ana', ...many })).toEqual(['to: "ana"', '+60'])
  expect(told({ to: 'ana', a: [], b: {}, c: [[1], null] })).toEqual(['to: "ana"', '+4'])
})

it('[AP10] puts a key that is no plain word in quotes, whatever of it is cut, so that it poses as nothing else', () => {
  expect(told({ 'to "a" amount': 'x' })).toEqual([String.raw`[…]"o \"a\" amount": "x"`])
  expect(told({ 'a: 1': 'x' }, { 'a: 1': 'y' })).toEqual(['"a: 1": "x"'])
  expect(told({ '': { a: 1 } })).toEqual(['".a": 1'])
  expect(told({ 'a.b': 1 })).not.toEqual(told({ a: { b: 1 } }))
  expect(told({ größe: 1 })).toEqual(['"größe": 1'])
  const key = fc.string({ unit: fc.constantFrom('"', '\\', ':', ' ', '.', '…', 'a'), maxLength: 30 })
  const text = fc.string({ unit: fc.constantFrom('"', '\\', ':', ' ', ',', 'a'), maxLength: 60 })
  const piece = String.raw`(?:\[…\])?(?:"(?:[^"\\]|\\.)*"|[\w$.-]+)(?:\[…\])?`
  const line = new RegExp(`^${piece}: ${piece}$`)
  fc.assert(
    fc.property(fc.dictionary(key, text, { minKeys: 1 }), fc.dictionary(key, text), (args, other) => {
      for (const one of told(args, other).filter((one) => !/^\+\d+$/.test(one))) expect(one).toMatch(line)
    }),
  )
})

it('[AP10] tells two lines apart wherever one value of theirs differs within what is compared', () => {
  const value = fc.oneof(fc.string({ maxLength: 200 }), fc.integer(), fc.boolean())
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('to', 'a', 'b', 'c'), value, { minKeys: 1 }),
      value,
      value,
      (rest, one, two) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(two))
        const [a, b] = [
          { ...rest, z: one },
          { ...rest, z: two },
        ]
        expect(told(a, b)).not.toEqual(told(b, a))
      },
    ),
  )
})
