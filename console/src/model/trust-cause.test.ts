import { describe, expect, it } from 'vitest'
import { causeWords } from './trust-cause.ts'

describe('why trust changed', () => {
  it.each([
    [{ kind: 'success' }, 'success'],
    [{ kind: 'failure', severity: 0.5 }, 'failure, severity 0.5'],
    [{ kind: 'confirm', reason: 'earned it' }, 'promotion confirmed by root: “earned it”'],
    [{ kind: 'pin', level: 'restricted', reason: 'audit' }, 'pinned to restricted by root: “audit”'],
    [{ kind: 'pin', reason: 'audited' }, 'pin lifted by root: “audited”'],
    [{ kind: 'cap', level: 'standard', reason: 'new' }, 'capped at standard by root: “new”'],
    [{ kind: 'cap', reason: 'known' }, 'cap lifted by root: “known”'],
    [{ kind: 'reset', reason: 'anew' }, 'reset by root: “anew”'],
    [{}, ''],
  ])('%o', (cause, words) => {
    expect(causeWords({ by: 'root', data: { cause } })).toBe(words)
  })
})
