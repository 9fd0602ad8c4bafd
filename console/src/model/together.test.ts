import { describe, expect, it } from 'vitest'
import { grouped } from './together.ts'

const of = (agent: string, why: string) => ({ view: { action: 'pay', agent }, why })

describe('several that share a reason', () => {
  it('are named together, in the order in which they came', () => {
    expect(grouped([of('a', 'Held.'), of('b', 'Over.'), of('c', 'Held.')])).toEqual([
      { why: 'Held.', names: 'pay by a, pay by c' },
      { why: 'Over.', names: 'pay by b' },
    ])
  })

  it('are counted where they are many, and none is left out of the count', () => {
    const [one] = grouped(['a', 'b', 'c', 'd', 'e'].map((agent) => of(agent, 'Held.')))
    expect(one?.names).toBe('pay by a, pay by b, pay by c and 2 more')
    const [same] = grouped(['a', 'b', 'a', 'c', 'd', 'a', 'd'].map((agent) => of(agent, 'Held.')))
    expect(same?.names).toBe('3 × pay by a, pay by b, pay by c and 2 more')
  })
})
