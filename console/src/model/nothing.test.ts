import { describe, expect, it } from 'vitest'
import { type Nothing, nothingWords } from './nothing.ts'

const known: Nothing = {
  live: true,
  scope: 'mine',
  filtered: false,
  loaded: true,
  hasPolicy: true,
  agents: 'here',
  first: false,
}

describe('a queue that shows nothing', () => {
  it.each<[Partial<Nothing>, string]>([
    [{}, 'Nothing waits for you.'],
    [{ scope: 'team' }, 'Nothing waits for your team.'],
    // all that waits is shown whatever the policy says
    [{ scope: 'all', hasPolicy: false, agents: 'failed' }, 'Nothing waits.'],
    [{ agents: 'failed' }, 'Nothing waits for you.'],
    [{ live: false }, 'Not connected.'],
    [{ loaded: false }, 'Reading what waits …'],
    [{ hasPolicy: false }, 'What waits for you is not known.'],
    [{ scope: 'team', agents: 'loading' }, 'Reading the agents …'],
    [{ scope: 'team', agents: 'failed' }, 'What waits for your team is not known.'],
    [{ filtered: true }, 'Nothing here fits the filter.'],
  ])('with %j says: %s', (more, words) => expect(nothingWords({ ...known, ...more })[0]).toBe(words))

  it('tells how the first agent comes to be, where none has run yet', () => {
    expect(nothingWords({ ...known, first: true })[1]).toContain('holdpoint token create --role agent')
    expect(nothingWords(known)[1]).toBe('New requests appear here by themselves.')
  })
})
