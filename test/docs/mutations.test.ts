import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { mutations } from '../mutations/mutations.ts'
import { ROOT } from './pages.ts'

/** The sections that `test/mutations` breaks rule by rule. */
const SECTIONS = /^(AP|SF|ES|IN|AU|PO|ID)\d+$/

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Rule → the tests that its entry names. */
const proofs = new Map(
  read('docs/explanation/rules.md')
    .split(/^(?=- \*\*[A-Z]{2}\d+\*\*)/m)
    .flatMap((item) => {
      const [, rule = ''] = /^- \*\*([A-Z]{2}\d+)\*\*/.exec(item) ?? []
      const [proved = ''] = /Proved by [\s\S]*?\.\n/.exec(item) ?? []
      return SECTIONS.test(rule)
        ? [[rule, [...proved.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '')] as const]
        : []
    }),
)

it('every rule of judgement has a mistake that breaks it', () => {
  expect(proofs.size).toBeGreaterThan(30)
  const broken = new Set(mutations.map(({ rule }) => rule))
  expect([...proofs.keys()].filter((rule) => !broken.has(rule))).toEqual([])
})

it.each(mutations)('[$rule] "$mistake" has its place in $module', ({ module, from, to }) => {
  // else it could not be made any more, which the long run would say only much later
  expect(read(module).split(from).length - 1, `how often ${module} holds it`).toBe(1)
  expect(to).not.toBe(from)
})

it.each(mutations)('[$rule] "$mistake" is looked for where the rule is proved', ({ rule, tests }) => {
  for (const test of tests) expect(proofs.get(rule), `the entry of ${rule}`).toContain(test)
})
