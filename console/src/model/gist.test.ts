import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leavesOf, tellingOf } from './gist.ts'

const told = (args: unknown, ...others: unknown[]) =>
  tellingOf(leavesOf(args), others.map(leavesOf)).map(
    ({ path, text, cut }) => `${path}=${cut.before ? '[…]' : ''}${text}${cut.after ? '[…]' : ''}`,
  )

it('shows whom or what it is done to where there is nothing to tell apart', () => {
  expect(told({ subject: 'Hello', to: 'ana@example.org' })).toEqual(['to=ana@example.org'])
  expect(told({ lines: [1, 2] })).toEqual(['lines.0=1', 'lines.1=2'])
  expect(told({})).toEqual(['={}'])
})

it('shows what differs from most others first, and then what differs from the rest', () => {
  const mail = (to: string, subject: string) => ({ text: 'Hello', subject, to })
  expect(told(mail('ana', 'a'), mail('bo', 'a'), mail('cy', 'a'), mail('ana', 'b'))).toEqual([
    'to=ana',
    'subject=a',
  ])
  expect(told(mail('ana', 'a'), mail('ana', 'b'))).toEqual(['subject=a', 'to=ana'])
})

it('[AP10] begins shortly before the difference where two long values begin alike, and says what is cut', () => {
  const path = (end: string) => ({ path: `${'/srv/archive/of/everything'.repeat(3)}/${end}` })
  expect(told(path('2019/a'), path('2020/a'))[0]).toMatch(/^path=\[…\].*2019\/a$/)
  expect(told({ to: 'x'.repeat(100) })).toEqual([`to=${'x'.repeat(24)}[…]`])
})

it('[AP10] tells two lines apart wherever one value of theirs differs within what is compared', () => {
  const value = fc.oneof(fc.string({ maxLength: 200 }), fc.integer(), fc.boolean())
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('to', 'a', 'b', 'c'), value, { minKeys: 1 }),
      value,
      value,
      (rest, one, two) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(two) && typeof one === typeof two)
        const [a, b] = [
          { ...rest, z: one },
          { ...rest, z: two },
        ]
        expect(told(a, b)).not.toEqual(told(b, a))
      },
    ),
  )
})
