import { DAY, HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision } from './effects.ts'
import type { Purpose } from './factor-document.ts'
import {
  askReset,
  beginAttempt,
  CLAIM_FRESH_MS,
  type Claiming,
  confirm,
  enroll,
  RESET_WAIT_MS,
  remove,
  resetIfDue,
  settleAttempt,
} from './factors.ts'
import type { PersonDocument } from './person-document.ts'

const T0 = Date.parse('2026-01-05T09:00:00Z')
const LOCK_MS = 15 * MINUTE
const stepAt = (at: number) => Math.floor(at / 30_000)
const ana: PersonDocument = {
  schema: 1,
  id: 'ana',
  tenant: 'acme',
  role: 'approver',
  teams: [],
  logins: ['ana'],
  addresses: {},
  added: { at: T0 },
}
const root = { id: 'root', role: 'admin' } as const
const GUESSED: Purpose = { kind: 'release', approval: 'a1', digest: 'sha256:1' }
const release = (approval = 'a1', digest = 'sha256:1'): Purpose => ({ kind: 'release', approval, digest })

/** One person's record on a clock moved by hand; codes are right or wrong by say-so. */
class Person {
  doc: PersonDocument = ana
  at = T0
  evaluations: number[] = []
  readonly events: string[] = []
  #attempts = 0

  do(decide: (doc: PersonDocument, at: number) => Decision<PersonDocument>) {
    const { answer, effects } = decide(this.doc, this.at)
    if (effects) {
      this.doc = JSON.parse(JSON.stringify(effects.doc)) as PersonDocument
      this.events.push(...effects.events.map(({ type }) => type))
    }
    return answer.ok ? 'ok' : answer.error.code
  }

  claiming(key: string, purpose: Purpose, more: Partial<Claiming> = {}): Claiming {
    this.#attempts += 1
    return { key, fingerprint: 'f', purpose, attempt: `attempt-${this.#attempts}`, malformed: false, ...more }
  }

  /** Counts; then checks and settles unless nothing is to be checked. `code`: the step it is of. */
  use(key: string, purpose: Purpose, code: number | 'wrong' = stepAt(this.at), more: Partial<Claiming> = {}) {
    const claiming = this.claiming(key, purpose, more)
    let claimed = false
    const begun = this.do((doc, at) => {
      const decision = beginAttempt(doc, claiming, at)
      if (decision.answer.ok) claimed = decision.answer.value.claimed === true
      return decision
    })
    if (begun !== 'ok' || claimed) return begun
    return this.settle(claiming, code)
  }

  settle(claiming: Claiming, code: number | 'wrong') {
    this.evaluations.push(this.at)
    const { doc } = this
    const kept = claiming.purpose.kind === 'factor.confirm' ? doc.enrolment : doc.factor
    const after = doc.factor && kept === doc.factor ? doc.factor.lastStep : -1
    const step = code !== 'wrong' && code > after ? code : undefined
    return this.do((now, at) => settleAttempt(now, claiming, { step, against: kept?.id ?? '' }, at))
  }

  /** A wrong code, of an attacker who has no time for the likes of `use`. */
  guess(n: number) {
    const guess = { key: 'guess', fingerprint: 'f', purpose: GUESSED, attempt: `${n}`, malformed: false }
    const { answer, effects } = beginAttempt(this.doc, guess, this.at)
    if (effects) this.doc = effects.doc
    if (answer.ok) this.settle(guess, 'wrong')
  }

  enrol(id = 'factor-1') {
    this.do((doc, at) =>
      enroll(doc, { id, key: id, sealed: 's', sealedRecovery: 'r', recovery: ['h1', 'h2'] }, at),
    )
    this.use(`${id}-confirm`, { kind: 'factor.confirm' })
    return this.do((doc, at) => confirm(doc, `${id}-confirm`, at))
  }
  static enrolled() {
    const person = new Person()
    expect(person.enrol()).toBe('ok')
    person.at += MINUTE
    person.evaluations = []
    return person
  }
}

describe('second factor: claims', () => {
  it('[SF2] a step is spent on one approval, digest and command; again under its key it is the same', () => {
    const person = Person.enrolled()
    expect(person.use('k1', release())).toBe('ok')
    expect(person.evaluations).toHaveLength(1)
    // resent: found, not checked once more
    expect(person.use('k1', release())).toBe('ok')
    expect(person.evaluations).toHaveLength(1)
    expect(person.use('k2', release())).toBe('second_factor_invalid')
    expect(person.use('k1', release('a2'))).toBe('conflict')
    expect(person.use('k1', release('a1', 'sha256:2'))).toBe('conflict')
    expect(person.use('k1', release(), stepAt(person.at), { fingerprint: 'other' })).toBe('conflict')
    person.at += CLAIM_FRESH_MS
    expect(person.use('k1', release(), stepAt(T0 + MINUTE))).toBe('second_factor_invalid')
  })

  it('[SF2] of two who checked the same code at once, one gets it', () => {
    fc.assert(
      fc.property(fc.boolean(), (firstFirst) => {
        const person = Person.enrolled()
        const pair = [person.claiming('k1', release('a1')), person.claiming('k2', release('a2'))]
        for (const one of pair) expect(person.do((doc, at) => beginAttempt(doc, one, at))).toBe('ok')
        const step = stepAt(person.at)
        // both were checked before either was claimed
        const order = firstFirst ? pair : pair.toReversed()
        const told = order.map((one) =>
          person.do((doc, at) => settleAttempt(doc, one, { step, against: 'factor-1' }, at)),
        )
        expect(told).toEqual(['ok', 'second_factor_invalid'])
      }),
    )
  })

  it('[SF2] what was checked against a factor that is gone counts for nothing', () => {
    const person = Person.enrolled()
    const late = person.claiming('k1', release())
    person.do((doc, at) => beginAttempt(doc, late, at))
    person.use('out', { kind: 'factor.remove' })
    expect(person.do((doc, at) => remove(doc, 'out', at))).toBe('ok')
    person.enrol('factor-2')
    const step = stepAt(person.at) + 1
    expect(person.do((doc, at) => settleAttempt(doc, late, { step, against: 'factor-1' }, at))).toBe(
      'second_factor_invalid',
    )
  })
})

describe('second factor: guessing', () => {
  it('[SF3] five wrong codes lock it for a quarter of an hour, and people hear of it once', () => {
    const person = Person.enrolled()
    for (let n = 0; n < 5; n++) expect(person.use(`k${n}`, release(), 'wrong')).toBe('second_factor_invalid')
    expect(person.events.filter((type) => type === 'factor.locked')).toHaveLength(1)
    person.at += LOCK_MS - 1
    // a right one, too: nothing is looked at
    expect(person.use('right', release())).toBe('second_factor_locked')
    expect(person.evaluations).toHaveLength(5)
    person.at += 1
    expect(person.use('right', release())).toBe('ok')
    expect(person.events.filter((type) => type === 'factor.locked')).toHaveLength(1)
  })

  it('[SF3] an attempt counts before it is checked, also where the check was never told', () => {
    const person = Person.enrolled()
    for (let n = 0; n < 5; n++)
      expect(person.do((doc, at) => beginAttempt(doc, person.claiming(`k${n}`, release()), at))).toBe('ok')
    expect(person.use('right', release())).toBe('second_factor_locked')
    expect(person.events).toContain('factor.locked')
  })

  it('[SF3] a right code takes back its own attempt, and forgives no recent wrong one', () => {
    const person = Person.enrolled()
    for (let n = 0; n < 4; n++) person.use(`w${n}`, release(), 'wrong')
    expect(person.use('right', release())).toBe('ok')
    person.at += MINUTE
    expect(person.use('w5', release(), 'wrong')).toBe('second_factor_invalid')
    expect(person.use('right2', release())).toBe('second_factor_locked')
  })

  it('[SF3] a wrong code of more than a day ago says nothing of who guesses now', () => {
    const person = Person.enrolled()
    for (let n = 0; n < 4; n++) person.use(`w${n}`, release(), 'wrong')
    person.at += DAY - 1
    const early = Person.enrolled()
    for (let n = 0; n < 4; n++) early.use(`w${n}`, release(), 'wrong')
    early.at += DAY - 1
    early.use('w5', release(), 'wrong')
    expect(early.use('right', release())).toBe('second_factor_locked')
    person.at += 1
    person.use('w5', release(), 'wrong')
    expect(person.use('right', release())).toBe('ok')
  })

  it('[SF1] malformed input is refused, and is no guess', () => {
    const person = Person.enrolled()
    for (let n = 0; n < 20; n++)
      expect(person.use(`k${n}`, release(), 'wrong', { malformed: true })).toBe('second_factor_invalid')
    expect(person.evaluations).toHaveLength(0)
    expect(person.use('right', release())).toBe('ok')
  })

  it('[SF3] a million guesses cost at most ten evaluations in any quarter of an hour', {
    timeout: 60_000,
  }, () => {
    for (const [everyMs, ownerEveryMs] of [
      [1, undefined],
      [10, 30 * SECOND],
      [3 * SECOND, 2 * MINUTE],
      [LOCK_MS / 5, undefined],
    ] as const) {
      const person = Person.enrolled()
      const owned: number[] = []
      let ownerAt = person.at
      for (let n = 0; n < 250_000; n++) {
        person.at += everyMs
        person.guess(n)
        if (ownerEveryMs !== undefined && person.at >= ownerAt + ownerEveryMs) {
          ownerAt = person.at
          if (person.use(`own-${n}`, release()) === 'ok') owned.push(person.at)
        }
      }
      const guesses = person.evaluations.filter((at) => !owned.includes(at))
      guesses.forEach((at, n) => {
        const tenLater = guesses[n + 10]
        if (tenLater !== undefined) expect(tenLater - at).toBeGreaterThanOrEqual(LOCK_MS)
      })
      // a walk in which nothing is looked at would prove nothing
      expect(guesses.length).toBeGreaterThanOrEqual(5)
    }
  })
})

describe('second factor: enrolment', () => {
  it('[SF4] it counts once a code confirmed it, and that code is spent', () => {
    const person = new Person()
    const give = (key: string) =>
      person.do((doc, at) =>
        enroll(doc, { id: key, key, sealed: 's', sealedRecovery: 'r', recovery: ['h'] }, at),
      )
    expect(give('one')).toBe('ok')
    expect(person.use('k1', release())).toBe('second_factor_required')
    expect(person.do((doc, at) => confirm(doc, 'c', at))).toBe('second_factor_required')
    expect(person.use('c', { kind: 'factor.confirm' })).toBe('ok')
    expect(person.do((doc, at) => confirm(doc, 'c', at))).toBe('ok')
    expect(person.use('k2', release())).toBe('second_factor_invalid')
    person.at += 30 * SECOND
    expect(person.use('k3', release())).toBe('ok')
  })

  it('[SF4] an enrolment that is left lying is over after a quarter of an hour', () => {
    const person = new Person()
    person.do((doc, at) =>
      enroll(doc, { id: 'f', key: 'f', sealed: 's', sealedRecovery: 'r', recovery: [] }, at),
    )
    person.at += LOCK_MS
    expect(person.use('c', { kind: 'factor.confirm' })).toBe('conflict')
  })

  it('[SF4] changing one takes its code or a recovery code, which works once; the old one stays until then', () => {
    const person = Person.enrolled()
    const give = (key: string) =>
      person.do((doc, at) =>
        enroll(doc, { id: key, key, sealed: 's', sealedRecovery: 'r', recovery: ['n'] }, at),
      )
    expect(give('stolen')).toBe('second_factor_required')
    // a code that was spent on a release does not change the factor
    expect(person.use('stolen', release())).toBe('ok')
    expect(give('stolen')).toBe('second_factor_required')

    const recover = (key: string, hash: string) => {
      const claiming = person.claiming(key, { kind: 'factor.enroll' })
      if (person.do((doc, at) => beginAttempt(doc, claiming, at)) !== 'ok') return 'not begun'
      return person.do((doc, at) => settleAttempt(doc, claiming, { recovery: hash, against: 'factor-1' }, at))
    }
    expect(recover('k1', 'nonsense')).toBe('second_factor_invalid')
    expect(recover('k2', 'h1')).toBe('ok')
    expect(recover('k3', 'h1')).toBe('second_factor_invalid')
    expect(give('k2')).toBe('ok')
    expect(person.doc.factor?.id).toBe('factor-1')
    person.at += MINUTE
    expect(person.use('c', { kind: 'factor.confirm' })).toBe('ok')
    expect(person.do((doc, at) => confirm(doc, 'c', at))).toBe('ok')
    expect(person.doc.factor).toMatchObject({ id: 'k2', recovery: ['n'] })
    expect(person.events).toEqual(['factor.enrolled', 'factor.recovery_used', 'factor.replaced'])
  })

  it('[SF4] an admin’s reset waits a day, and falls where the factor is used meanwhile', () => {
    const ask = (person: Person) => person.do((doc, at) => askReset(doc, { reason: 'lost', by: root }, at))
    const lost = Person.enrolled()
    expect(ask(lost)).toBe('ok')
    expect(ask(lost)).toBe('conflict')
    lost.at += RESET_WAIT_MS - 1
    lost.do(resetIfDue)
    expect(lost.doc.factor).toBeDefined()
    lost.at += 1
    lost.do(resetIfDue)
    expect(lost.doc.factor).toBeUndefined()
    expect(lost.use('k', release())).toBe('second_factor_required')

    const kept = Person.enrolled()
    ask(kept)
    kept.at += HOUR
    expect(kept.use('k', release())).toBe('ok')
    kept.at += DAY
    kept.do(resetIfDue)
    expect(kept.doc.factor).toBeDefined()
    expect(kept.events.slice(-2)).toEqual(['factor.reset_asked', 'factor.reset_cancelled'])
  })
})
