import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileCondition } from './compile.ts'
import { Meter } from './meter.ts'

const ACTIONS = ['a', 'b', 'c']
const SCORES = [0, 0.2, 0.5, 0.8, 1]

const text = fc.constantFrom(...ACTIONS).map((one) => `"${one}"`)
const score = fc.constantFrom(...SCORES, -1, 2).map((one) => one.toFixed(1))
const comparison = fc.oneof(
  text.map((one) => `action == ${one}`),
  text.map((one) => `${one} == action`),
  text.map((one) => `!(action == ${one})`),
  fc.array(text, { minLength: 1, maxLength: 2 }).map((all) => `action in [${all.join(', ')}]`),
  fc
    .tuple(fc.constantFrom('risk', 'trust'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), score)
    .map((parts) => parts.join(' ')),
  fc.tuple(score, fc.constantFrom('<', '<=', '>', '>='), fc.constant('risk')).map((parts) => parts.join(' ')),
)
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '&&', '||'), tie('condition'))
      .map((parts) => `(${parts.join(' ')})`),
  ),
}))

it('[PO3] never calls a condition impossible that is true of something, and finds some that are', () => {
  let found = 0
  fc.assert(
    fc.property(condition, (source) => {
      const compiled = compileCondition(source)
      if (!compiled.ok) throw new Error(compiled.error.message)
      const { contradiction, evaluate } = compiled.value
      if (contradiction === undefined) return
      found += 1
      for (const action of ACTIONS)
        for (const risk of SCORES)
          for (const trust of SCORES) {
            const all: Readonly<Record<string, unknown>> = { action, risk, trust }
            const holds = evaluate((name) => all[name], new Meter())
            expect([source, holds.ok && holds.value]).toEqual([source, false])
          }
    }),
    { numRuns: 1_000 },
  )
  expect(found).toBeGreaterThan(50)
})
