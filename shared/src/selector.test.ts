import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, parseSelector } from './selector.ts'

const agent = { id: 'a/b', labels: { team: 'payments', env: 'prod' } }

describe('[AG7] a label selector', () => {
  it.each<[string, boolean]>([
    ['team=payments', true],
    ['team=payments,env=prod', true],
    [' team = payments , env = prod ', true],
    ['team=payments,env!=prod', false],
    ['team!=payments', false],
    ['env!=test', true],
    ['team=Payments', false],
    ['region=eu', false],
    ['region!=eu', true],
    ['team=payments,region=eu', false],
    ['toString=x', false],
    ['toString!=x', true],
    ['__proto__!=x', true],
  ])('%s covers team=payments, env=prod: %s', (labels, covered) =>
    expect(matches({ labels }, agent)).toBe(covered),
  )

  it.each([
    '',
    ',',
    'team',
    'team=',
    '=payments',
    'team==payments',
    'team=a=b',
    'a!=b!=c',
    'team=a b',
    'team=*',
    'a=b,',
  ])('%j does not parse, is named, and covers nobody', (labels) => {
    expect(parseSelector(labels)).toMatchObject({ ok: false, error: { code: 'invalid' } })
    expect(matches({ labels }, agent)).toBe(false)
  })

  it('every agent is covered by exactly one of a term and its opposite', () => {
    const label = fc.stringMatching(/^[a-z]{1,2}$/)
    fc.assert(
      fc.property(fc.dictionary(label, label), label, label, (labels, key, value) => {
        const covered = (selector: string) => matches({ labels: selector }, { id: 'a', labels })
        expect(covered(`${key}=${value}`)).toBe(labels[key] === value)
        expect(covered(`${key}!=${value}`)).toBe(labels[key] !== value)
      }),
    )
  })

  it('an overlong text is read in time that grows with its length', () => {
    const started = performance.now()
    parseSelector('a'.repeat(100_000))
    parseSelector('a=b,'.repeat(25_000))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('[AG7] other targets', () => {
  it('all', () => expect(matches({ all: true }, agent)).toBe(true))

  it('an agent, alone or with its children', () => {
    expect(matches({ agent: 'a/b' }, agent)).toBe(true)
    expect(matches({ agent: 'a' }, agent)).toBe(false)
    expect(matches({ agent: 'a', children: false }, agent)).toBe(false)
    expect(matches({ agent: 'a', children: true }, agent)).toBe(true)
    expect(matches({ agent: 'a/b/c', children: true }, agent)).toBe(false)
    expect(matches({ agent: 'a/', children: true }, agent)).toBe(false)
  })
})
